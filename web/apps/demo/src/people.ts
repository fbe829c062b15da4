/** An avatar that the server has. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly thumbnail: string | undefined;
}

/** Ask the server whom it has; nobody if it does not say. */
export async function fetchPeople(): Promise<readonly Person[]> {
  try {
    const response = await fetch('/v1/avatars');
    if (!response.ok) return [];
    return readPeople(await response.json());
  } catch {
    return []; // the page works without a choice
  }
}

/** Read the answer of `GET /v1/avatars`. */
export function readPeople(answer: unknown): readonly Person[] {
  const { avatars } = (answer ?? {}) as { avatars?: unknown };
  if (!Array.isArray(avatars)) return [];
  return (avatars as readonly unknown[]).flatMap((value) => {
    const { id, name, files } = (value ?? {}) as { id?: unknown; name?: unknown; files?: unknown };
    if (typeof id !== 'string') return [];
    const { thumbnail } = (files ?? {}) as { thumbnail?: unknown };
    return {
      id,
      name: typeof name === 'string' ? name : id,
      thumbnail: typeof thumbnail === 'string' ? `/avatars/${id}/${thumbnail}` : undefined,
    };
  });
}

/** The id of an avatar that is named by it, or by the address of its description, with or without its version. */
export function idOf(wanted: string): string {
  return /(?:^|\/)([\w-]+)(?:@\w+)?(?:\/avatar\.json)?$/.exec(wanted)?.[1] ?? '';
}
