import { blendShapeIndex, type BlendShape, type Pose } from '@avamotion/client';
import { AvatarManager, AvatarView, type ViewTransform } from '@avamotion/renderer';

/** Blend-shape weights of an expression. */
export type Weights = Readonly<Partial<Record<BlendShape, number>>>;

declare global {
  interface Window {
    /** Draw one avatar with an expression; a PNG as data URL. */
    photograph(avatar: string, weights: Weights, options: Shot): Promise<string>;
    /** Lay pictures out, given as data URLs; a JPEG as data URL. */
    layOut(tiles: readonly Tile[], layout: Layout): Promise<string>;
  }
}

/** How an avatar is photographed. */
export interface Shot {
  readonly detail: 'full' | 'low';
  readonly transform: ViewTransform;
}

/** A picture of a contact sheet. */
export interface Tile {
  readonly url: string;
  readonly label: string;
}

/** How a contact sheet is laid out, in pixels. */
export interface Layout {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
}

const GAP = 2;
/** Pictures that a new face needs for all its shaders. */
const COMPILED = 5;

let view: AvatarView | undefined;

window.photograph = async (id, weights, { detail, transform }): Promise<string> => {
  const avatar = await AvatarManager.shared.load(id, undefined, { detail });
  if (view?.avatar !== avatar) {
    view?.dispose();
    const stage = document.getElementById('stage') as HTMLElement;
    view = new AvatarView(avatar, stage, { quality: 'high', adaptive: false });
    view.transform = transform;
  }
  const shown = view;
  const until = shown.framesDrawn + (shown.framesDrawn === 0 ? COMPILED : 1);
  return new Promise((resolve) => {
    shown.setPoseSource({
      sample(_nowMs: number, pose: Pose): void {
        pose.reset();
        for (const [shape, weight] of Object.entries(weights))
          pose.weights[blendShapeIndex(shape as BlendShape)] = weight;
      },
      drawn(): void {
        // Only here, before the browser takes it away, the canvas has its picture.
        if (shown.framesDrawn === until) resolve(shown.canvas.toDataURL());
      },
    });
  });
};

window.layOut = async (tiles, { columns, width, height }): Promise<string> => {
  const rows = Math.ceil(tiles.length / columns);
  const canvas = document.createElement('canvas');
  canvas.width = columns * (width + GAP) - GAP;
  canvas.height = rows * (height + GAP) - GAP;
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.font = '500 12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.shadowBlur = 4;
  for (const [i, { url, label }] of tiles.entries()) {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const x = (i % columns) * (width + GAP);
    const y = Math.floor(i / columns) * (height + GAP);
    context.shadowColor = 'transparent';
    context.drawImage(picture, x, y, width, height);
    context.shadowColor = 'black'; // clothes are of any colour
    context.fillText(label, x + width / 2, y + height - 8);
  }
  return canvas.toDataURL('image/jpeg', 0.87);
};
