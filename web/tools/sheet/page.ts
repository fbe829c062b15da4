import { blendShapeIndex, type BlendShape, type Pose } from '@avamotion/client';
import { AvatarManager, AvatarView } from '@avamotion/renderer';

/** Blend-shape weights of an expression. */
export type Weights = Readonly<Partial<Record<BlendShape, number>>>;

declare global {
  interface Window {
    /** Show one avatar with an expression; resolves when it is on the screen. */
    show(avatar: string, detail: 'full' | 'low', weights: Weights): Promise<void>;
    /** Lay pictures out, given as data URLs; a JPEG as data URL. */
    layOut(tiles: readonly Tile[], layout: Layout): Promise<string>;
  }
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
/** Pictures after which a new pose is on the screen for sure, and those that a new face needs for all its shaders. */
const SETTLED = 2;
const COMPILED = 5;

let view: AvatarView | undefined;

window.show = async (id, detail, weights): Promise<void> => {
  const avatar = await AvatarManager.shared.load(id, undefined, { detail });
  if (view?.avatar !== avatar) {
    view?.dispose();
    const stage = document.getElementById('stage') as HTMLElement;
    view = new AvatarView(avatar, stage, { quality: 'high', adaptive: false });
  }
  const shown = view;
  const until = shown.framesDrawn + (shown.framesDrawn === 0 ? COMPILED : SETTLED);
  await new Promise<void>((resolve) => {
    shown.setPoseSource({
      sample(_nowMs: number, pose: Pose): void {
        pose.reset();
        for (const [shape, weight] of Object.entries(weights))
          pose.weights[blendShapeIndex(shape as BlendShape)] = weight;
      },
      drawn(): void {
        if (shown.framesDrawn >= until) resolve();
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
  for (const [i, { url, label }] of tiles.entries()) {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    const x = (i % columns) * (width + GAP);
    const y = Math.floor(i / columns) * (height + GAP);
    context.drawImage(picture, x, y, width, height);
    context.fillStyle = 'rgb(255 255 255 / 85%)';
    context.fillText(label, x + width / 2, y + height - 8);
  }
  return canvas.toDataURL('image/jpeg', 0.87);
};
