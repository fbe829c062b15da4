import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Server, ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { ChannelServer } from './channelServer.ts';

const AVATARS = fileURLToPath(new URL('../../../src/avamotion/avatars', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.glb': 'model/gltf-binary',
  '.webp': 'image/webp',
};

/** The routes that the Motion Server has for the demo page, for vite's own server. */
export function demoServer(channel: ChannelServer = new ChannelServer()): Plugin {
  return {
    name: 'avamotion-demo-server',
    configureServer(server) {
      channel.attach(server.httpServer as Server);
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? '').split('?')[0] ?? '';
        if (path === '/demo/join') send(response, '.json', JSON.stringify(channel.invitation()));
        else if (path === '/v1/avatars') send(response, '.json', listAvatars());
        else if (path.startsWith('/avatars/')) sendAvatar(response, path.slice('/avatars/'.length));
        else if (path === '/v1/channel/whep') {
          response.statusCode = 501; // as a server without its WebRTC extra
          send(
            response,
            '.json',
            '{"type": "error", "code": "unsupported", "message": "no WebRTC"}',
          );
        } else next();
      });
    },
  };
}

function listAvatars(): string {
  const folders = readdirSync(AVATARS, { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const texts = folders.map(({ name }) => readFileSync(join(AVATARS, name, 'avatar.json'), 'utf8'));
  return `{"avatars": [${texts.join(', ')}]}`;
}

function sendAvatar(response: ServerResponse, path: string): void {
  const file = join(AVATARS, normalize(`/${path}`));
  if (existsSync(file)) {
    send(response, extname(file), readFileSync(file));
    return;
  }
  response.statusCode = 404;
  response.end();
}

function send(response: ServerResponse, extension: string, body: string | Buffer): void {
  response.setHeader('content-type', TYPES[extension] ?? 'application/octet-stream');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}
