import { AvatarError } from '@avamotion/client';
import { AvatarSDK } from '../sdk/avatarSdk.ts';
import { Avatar } from './avatar.ts';
import { parseGlb } from './glb.ts';
import { readMetadata, type AvatarMetadata } from './metadata.ts';

/** How far a load has come. */
export interface LoadProgress {
  readonly type: 'downloading' | 'completed' | 'failed';
  /** 0 to 100. */
  readonly progress: number;
}

/** How an avatar is loaded. */
export interface LoadOptions {
  /** Which of an avatar's files; the low one suits phones and software rendering. */
  readonly detail?: 'full' | 'low';
}

/** What `load` takes: the id of an avatar on the server, the URL of a GLB or an avatar.json, or a GLB itself. */
export type AvatarSourceInput = string | URL | File | ArrayBuffer;

type OnProgress = (progress: LoadProgress) => void;

/** Loads avatars and keeps them. */
export class AvatarManager {
  /** The one that a page usually wants. */
  static readonly shared: AvatarManager = new AvatarManager();
  readonly #avatars: Map<string, Promise<Avatar>> = new Map();
  readonly #loaded: Map<string, Avatar> = new Map();

  /** `AvatarManager.shared.load`, in one word less. */
  static load(
    source: AvatarSourceInput,
    onProgress?: OnProgress,
    options?: LoadOptions,
  ): Promise<Avatar> {
    return AvatarManager.shared.load(source, onProgress, options);
  }

  /**
   * Load an avatar, or return the one loaded before.
   *
   * @throws AvatarError saying what is wrong
   */
  async load(
    source: AvatarSourceInput,
    onProgress?: OnProgress,
    options: LoadOptions = {},
  ): Promise<Avatar> {
    try {
      const avatar = await this.#cached(source, onProgress, options.detail ?? 'full');
      onProgress?.({ type: 'completed', progress: 100 });
      return avatar;
    } catch (error) {
      onProgress?.({ type: 'failed', progress: 0 });
      throw error;
    }
  }

  /** The avatar loaded under an id, or undefined. */
  retrieve(id: string): Avatar | undefined {
    return this.#loaded.get(id);
  }

  /** Forget an avatar and free it. */
  clear(id: string): void {
    this.#loaded.get(id)?.dispose();
    this.#loaded.delete(id);
    for (const key of this.#avatars.keys())
      if (key.startsWith(`${id}\n`)) this.#avatars.delete(key);
  }

  /** Forget all avatars and free them. */
  clearAll(): void {
    for (const id of [...this.#loaded.keys()]) this.clear(id);
    this.#avatars.clear();
  }

  async #cached(
    source: AvatarSourceInput,
    onProgress: OnProgress | undefined,
    detail: 'full' | 'low',
  ): Promise<Avatar> {
    if (source instanceof File || source instanceof ArrayBuffer) {
      return this.#keep(await loadBytes(source));
    }
    const key = `${String(source)}\n${detail}`;
    let avatar = this.#avatars.get(key);
    if (avatar === undefined) {
      avatar = loadUrl(String(source), onProgress, detail);
      this.#avatars.set(key, avatar);
      avatar.catch(() => this.#avatars.delete(key)); // the next call tries again
    }
    return this.#keep(await avatar);
  }

  #keep(avatar: Avatar): Avatar {
    this.#loaded.set(avatar.id, avatar);
    return avatar;
  }
}

async function loadBytes(source: File | ArrayBuffer): Promise<Avatar> {
  const name = source instanceof File ? source.name : 'file';
  const bytes = source instanceof File ? await source.arrayBuffer() : source;
  return new Avatar(name, await parseGlb(bytes, name), undefined);
}

async function loadUrl(
  source: string,
  onProgress: OnProgress | undefined,
  detail: 'full' | 'low',
): Promise<Avatar> {
  const isId = /^[\w-]+$/.test(source);
  const base = new URL(AvatarSDK.configuration?.avatarBaseUrl ?? '/avatars/', document.baseURI);
  const url = isId ? new URL(`${source}/avatar.json`, base) : new URL(source, document.baseURI);
  if (!url.pathname.endsWith('.json')) {
    const bytes = await download(url, source, onProgress);
    return new Avatar(source, await parseGlb(bytes, source), undefined);
  }
  const metadata = await downloadMetadata(url, source);
  const file = new URL(detail === 'low' ? metadata.files.low : metadata.files.full, url);
  const bytes = await download(file, source, onProgress);
  return new Avatar(metadata.id, await parseGlb(bytes, metadata.name, metadata.closure), metadata);
}

async function downloadMetadata(url: URL, source: string): Promise<AvatarMetadata> {
  const text = new TextDecoder().decode(await download(url, source, undefined));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const metadata = readMetadata(value);
  if (typeof metadata !== 'string') return metadata;
  throw new AvatarError(
    'avatar_invalid',
    `The avatar ${source} has a broken avatar.json: ${metadata}.`,
  );
}

async function download(
  url: URL,
  source: string,
  onProgress: OnProgress | undefined,
): Promise<ArrayBuffer> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new AvatarError(
      'server_gone',
      `The avatar ${source} cannot be loaded: no answer from the server.`,
      {
        cause: error,
      },
    );
  }
  if (response.status === 404) {
    throw new AvatarError('avatar_unknown', `There is no avatar ${source} on the server.`);
  }
  if (!response.ok || response.body === null) {
    const status = String(response.status);
    throw new AvatarError(
      'avatar_unknown',
      `The avatar ${source} cannot be loaded: the server answers ${status}.`,
    );
  }
  const total = Number(response.headers.get('content-length'));
  if (onProgress === undefined || !total) return response.arrayBuffer();
  let received = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller): void {
        received += chunk.length;
        onProgress({ type: 'downloading', progress: Math.min(100, (100 * received) / total) });
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(counted).arrayBuffer();
}
