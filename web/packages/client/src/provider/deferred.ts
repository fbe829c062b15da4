import type { AvatarError } from '../player/avatarError.ts';

/** A promise, and how it is settled from outside. */
export function deferred(): {
  promise: Promise<void>;
  settle: { resolve: () => void; reject: (error: AvatarError) => void };
} {
  let resolve!: () => void;
  let reject!: (error: AvatarError) => void;
  const promise = new Promise<void>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, settle: { resolve, reject } };
}
