import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Colours on light ground, by what they are for; each stands for its dark counterpart too. */
export const light = {
  ground: '#ffffff',
  ink: '#1f2328',
  faint: '#d1d9e0',
  ahead: '#0969da',
  even: '#6e7781',
  behind: '#bc4c00',
} as const;

/** The same colours on dark ground. */
const dark: Readonly<Record<keyof typeof light, string>> = {
  ground: '#0d1117',
  ink: '#f0f6fc',
  faint: '#3d444d',
  ahead: '#4493f8',
  even: '#9198a1',
  behind: '#f0883e',
};

const font = 'system-ui, -apple-system, Segoe UI, Noto Sans, Helvetica, Arial, sans-serif';

/** Room for text, in pixels a character: Vega measures text with a canvas, and here is none. */
export const pixelsPerCharacter = 6;

/** A chart and what it shows in words, for those who do not see it. */
export interface DescribedChart {
  readonly chart: TopLevelSpec;
  readonly description: string;
}

/** Draws a chart as an SVG that follows the reader's light or dark ground. The same chart gives the same text, character by character. */
export async function drawChart({ chart, description }: DescribedChart): Promise<string> {
  const config = {
    aria: false,
    background: light.ground,
    font,
    view: { stroke: null },
    axis: {
      domain: false,
      ticks: false,
      gridColor: light.faint,
      labelColor: light.ink,
      titleColor: light.ink,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 'normal',
    },
    legend: { labelColor: light.ink, titleColor: light.ink, labelFontSize: 11, labelLimit: 0 },
    title: { color: light.ink, fontSize: 12, anchor: 'start' },
    header: { labelColor: light.ink, titleColor: light.ink, labelFontSize: 12, labelLimit: 0 },
  } as const;
  const view = new View(parse(compile(chart, { config }).spec), { renderer: 'none' });
  try {
    return withTitle(followGround(await view.toSVG()), description);
  } finally {
    view.finalize();
  }
}

/** Attributes of the drawing are weaker than a style sheet, so that one in the drawing can change its colours. */
function followGround(svg: string): string {
  const names = Object.keys(light) as (keyof typeof light)[];
  const rules = names.map((name) => `[fill="${light[name]}"]{fill:${dark[name]}}[stroke="${light[name]}"]{stroke:${dark[name]}}`);
  return `${svg.replace('>', `><style>@media (prefers-color-scheme:dark){${rules.join('')}}</style>`)}\n`;
}

function withTitle(svg: string, title: string): string {
  const escaped = title.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return svg.replace('>', () => ` role="img"><title>${escaped}</title>`);
}
