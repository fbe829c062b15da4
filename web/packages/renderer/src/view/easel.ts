import { AvatarError } from '@avamotion/client';
import { NeutralToneMapping, PerspectiveCamera, Vector2, WebGLRenderer } from 'three';
import type { Quality } from '../scene/look.ts';
import { Studio, type Backdrop } from '../scene/studio.ts';
import { isSoftwareContext, isSoftwareRenderer } from './software.ts';

/** What an `Easel` is made for. */
export interface EaselOptions {
  /** Default: as good as the machine allows. */
  readonly quality?: Quality | 'auto';
  readonly backdrop?: Backdrop;
}

const DEFAULT_BACKDROP: Backdrop = { inner: '#8fa0ad', outer: '#3d4853' };
const MAX_PIXEL_RATIO = 2;
const SOFTWARE_PIXELS = 320; // longer side that a software renderer can bear
const size = new Vector2();

/**
 * Canvas, graphics context and studio in a container: all of a picture but the avatar.
 *
 * Make it while the avatar loads and give it to `AvatarView`: the face then appears sooner. One easel serves one view
 * at a time; the next view may take it once the last one is disposed of.
 */
export class Easel {
  readonly container: HTMLElement;
  readonly canvas: HTMLCanvasElement = document.createElement('canvas');
  /** How rich the picture is. */
  readonly quality: Quality;
  /** Whether the processor draws instead of a graphics card. */
  readonly software: boolean;
  readonly gl: WebGL2RenderingContext;
  readonly renderer: WebGLRenderer;
  readonly studio: Studio;

  /**
   * Put a canvas into a container.
   *
   * @throws AvatarError if the container is missing or has no size, or the browser no WebGL
   */
  constructor(container: HTMLElement | null, options: EaselOptions = {}) {
    this.container = insistOnSize(container);
    const { quality = 'auto', backdrop = DEFAULT_BACKDROP } = options;
    this.canvas.style.cssText = 'display:block;width:100%;height:100%';
    this.quality = quality === 'auto' ? (isSoftwareRenderer() ? 'low' : 'high') : quality;
    this.gl = openContext(this.canvas, this.quality);
    this.software = isSoftwareContext(this.gl);
    this.renderer = new WebGLRenderer({ canvas: this.canvas, context: this.gl });
    this.renderer.toneMapping = NeutralToneMapping;
    // To ask for errors means to wait for each shader before the next one starts.
    this.renderer.debug.checkShaderErrors = false;
    this.studio = new Studio(this.renderer, this.quality);
    this.studio.setBackdrop(backdrop);
    this.container.append(this.canvas);
    this.fit();
    // The backdrop alone has the graphics process compile what a simple face is drawn with, too.
    this.renderer.render(this.studio.scene, new PerspectiveCamera());
    this.gl.flush();
  }

  /** Give the canvas the size of its container, in pixels of the screen or in larger ones. */
  fit(pixelRatio: number = Math.min(devicePixelRatio, MAX_PIXEL_RATIO)): void {
    const { clientWidth: width, clientHeight: height } = this.container;
    const limit = SOFTWARE_PIXELS / Math.max(width, height);
    const simple = this.software && this.quality === 'low';
    const ratio = simple ? Math.min(1, limit) : pixelRatio;
    this.renderer.getSize(size);
    // Even the same size again would throw the picture away.
    if (size.x === width && size.y === height && this.renderer.getPixelRatio() === ratio) return;
    this.renderer.setPixelRatio(ratio);
    this.renderer.setSize(width, height, false);
  }

  /** Free everything; no view may use it any more. */
  dispose(): void {
    this.studio.dispose();
    this.renderer.dispose();
    this.canvas.remove();
  }
}

function insistOnSize(container: HTMLElement | null): HTMLElement {
  if (container === null) {
    throw new AvatarError(
      'config_invalid',
      'There is no container for the avatar: the element you name is not on the page yet.',
    );
  }
  if (container.clientWidth === 0 || container.clientHeight === 0) {
    throw new AvatarError(
      'config_invalid',
      'The container of the avatar has no size. Give it a width and a height before you make the view.',
    );
  }
  return container;
}

function openContext(canvas: HTMLCanvasElement, quality: Quality): WebGL2RenderingContext {
  const gl = canvas.getContext('webgl2', {
    alpha: false,
    antialias: quality === 'high',
    powerPreference: 'high-performance',
  });
  if (gl !== null) return gl;
  throw new AvatarError(
    'webgl_missing',
    'This browser cannot draw the avatar: WebGL 2 is off or missing. Switch on hardware acceleration in its settings.',
  );
}
