import { createServer } from 'node:http';

/** A program as the servers are: listens at a port of loopback until it is killed. */
createServer((_, response) => response.end('here')).listen(Number(process.argv[2]), '127.0.0.1');
