import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** An npm that knows one registry, and nothing of the configuration, cache and workspace of who runs it. */
export class NpmClient {
  readonly #registryUrl: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(registryUrl: string, environment: NodeJS.ProcessEnv) {
    this.#registryUrl = registryUrl;
    this.#environment = environment;
  }

  /**
   * @param directory Where its configuration and its cache go.
   * @param registryUrl With the slash at its end. npm publishes only with a token: it gets one that means nothing.
   */
  static async create(directory: string, registryUrl: string): Promise<NpmClient> {
    await mkdir(directory, { recursive: true });
    const userConfig = join(directory, 'npmrc');
    await writeFile(userConfig, `//${new URL(registryUrl).host}/:_authToken=none\n`);
    return new NpmClient(registryUrl, {
      ...withoutNpmVariables(process.env),
      npm_config_userconfig: userConfig,
      npm_config_globalconfig: join(directory, 'no-global-npmrc'),
      npm_config_cache: join(directory, 'cache'),
      npm_config_update_notifier: 'false',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
    });
  }

  /**
   * Runs npm in `directory`.
   *
   * @returns What it wrote to standard output.
   * @throws {Error} when it fails, with what it wrote.
   */
  async run(directory: string, ...args: readonly string[]): Promise<string> {
    return await run(npmCommand([`--registry=${this.#registryUrl}`, ...args]), directory, this.#environment);
  }
}

/** The registry that npm is configured to use in `directory`. */
export async function configuredRegistry(directory: string): Promise<string> {
  return (await run(npmCommand(['config', 'get', 'registry', '--workspaces=false']), directory, process.env)).trim();
}

/** Options of {@link runScript}. */
export interface RunScriptOptions {
  /** The Node that runs it. Default: the one that runs this. */
  readonly node?: string | undefined;
  /** Variables besides those of this process. Default: none. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** What a program wrote. */
export interface ScriptOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file with Node. @throws {Error} when it fails, with what it wrote. */
export async function runScript(
  directory: string,
  [file, ...args]: readonly [string, ...string[]],
  options: RunScriptOptions = {},
): Promise<ScriptOutput> {
  const { node = process.execPath, environment } = options;
  const command = [node, file, ...args];
  return await execute(node, command.slice(1), { cwd: directory, env: { ...withoutNpmVariables(process.env), ...environment } });
}

async function run([file = '', ...args]: readonly string[], cwd: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const { stdout } = await execute(file, args, { cwd, env: environment, maxBuffer: 2 ** 26 });
  return stdout;
}

/** The npm that runs this, by its script: on Windows `npm` itself is a batch file, which needs a shell. */
function npmCommand(args: readonly string[]): string[] {
  const script = process.env['npm_execpath'];
  return script === undefined ? ['npm', ...args] : [process.execPath, script, ...args];
}

/** npm hands its configuration down in variables; `npm_config_local_prefix` alone would install into this workspace. */
function withoutNpmVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^(npm_|init_cwd$)/i.test(name)));
}
