const SOFTWARE = /swiftshader|llvmpipe|software|basic render/i;

let software: boolean | undefined;
let warming: Promise<void> | undefined;

/** Whether pictures are computed by the processor instead of a graphics card. */
export function isSoftwareRenderer(): boolean {
  software ??= isSoftware(askRenderer()); // asking costs a context
  return software;
}

/** The same, asked of a context that is there already. */
export function isSoftwareContext(gl: WebGL2RenderingContext): boolean {
  if (software === undefined) {
    const info = gl.getExtension('WEBGL_debug_renderer_info');
    software = isSoftware(String(gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER)));
  }
  return software;
}

/**
 * Have the browser start its graphics process, in the background: the first context of a browser takes it long.
 *
 * Call it before anything else. Afterwards `isSoftwareRenderer` answers at once.
 */
export async function warmUpRenderer(): Promise<void> {
  warming ??= warmUp();
  return warming;
}

async function warmUp(): Promise<void> {
  const url = URL.createObjectURL(
    new Blob([`postMessage((${askRenderer.toString()})());`], {
      type: 'text/javascript',
    }),
  );
  const worker = new Worker(url);
  const name = await new Promise<string | undefined>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<string | undefined>): void => {
      resolve(data);
    };
    worker.onerror = (): void => {
      resolve(undefined);
    };
  });
  worker.terminate();
  URL.revokeObjectURL(url);
  if (name !== undefined) software ??= isSoftware(name); // else the page itself has to ask
}

function isSoftware(name: string | undefined): boolean {
  return name === undefined || SOFTWARE.test(name);
}

/** The renderer's name; undefined if there is none. Also runs in a worker, as text: it may use nothing from outside. */
function askRenderer(): string | undefined {
  const canvas =
    typeof document === 'undefined' ? new OffscreenCanvas(1, 1) : document.createElement('canvas');
  const gl = canvas.getContext('webgl2') as WebGL2RenderingContext | null;
  if (gl === null) return undefined;
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  const name = String(gl.getParameter(info?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();
  return name;
}
