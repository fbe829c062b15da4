import type { Object3D } from 'three';
import type { ClosureCurve } from '../avatar/metadata.ts';
import type { CapabilityReport, LipReport } from '../capability/capability.ts';
import { assumedClosure, fitClosure, sealGapMm } from './fit.ts';
import { findLips } from './lips.ts';

/** Largest gap between lips that nobody sees. */
export const SEALED_MM = 0.5;
/** How long work may take before the page gets a turn. */
const SLICE_MS = 10;

/** A model's closure curve, and how well it shuts the lips. */
export interface Calibration {
  readonly closure: ClosureCurve | undefined;
  readonly lips: LipReport;
}

/**
 * Find the lips of a model, and its closure curve unless its file has one.
 *
 * @param root the model at rest
 * @param report what it can do
 * @param given the curve that its file has
 */
export async function calibrate(
  root: Object3D,
  report: Pick<CapabilityReport, 'level' | 'found'>,
  given: ClosureCurve | undefined,
): Promise<Calibration> {
  return inSlices(calibration(root, report, given));
}

function* calibration(
  root: Object3D,
  { level, found }: Pick<CapabilityReport, 'level' | 'found'>,
  given: ClosureCurve | undefined,
): Generator<undefined, Calibration> {
  const lips = yield* findLips(root, level);
  if (lips === undefined) {
    const unknown = { seals: undefined, gapMm: undefined, shutUpTo: undefined };
    if (given !== undefined) return { closure: given, lips: { curve: 'file', ...unknown } };
    if (level === 'jaw' && !('jawOpen' in found)) {
      return { closure: undefined, lips: { curve: 'none', ...unknown } }; // the joint shuts the mouth
    }
    const canClose = 'mouthClose' in found || level === 'visemes' || level === 'vowels';
    return { closure: assumedClosure(canClose), lips: { curve: 'assumed', ...unknown } };
  }
  const closure = given ?? (yield* fitClosure(lips));
  const gapMm = sealGapMm(lips, closure);
  const lift = closure.add['jawOpen'];
  const shutUpTo = lift && closure.jawOpen[lift.findLastIndex((amount) => amount >= 0)];
  return {
    closure,
    lips: {
      curve: given === undefined ? 'measured' : 'file',
      seals: gapMm <= SEALED_MM,
      gapMm,
      shutUpTo: shutUpTo ?? 1,
    },
  };
}

/** What a page should say of a calibration. */
export function lipWarnings({ curve, seals, gapMm, shutUpTo }: LipReport): readonly string[] {
  if (curve === 'assumed')
    return ['Its lips cannot be found: how far they must close on p, b and m is a guess.'];
  const warnings: string[] = [];
  if (seals === false && gapMm !== undefined)
    warnings.push(`Its lips do not meet on p, b and m: a gap of ${gapMm.toFixed(1)} mm stays.`);
  if (shutUpTo === 0)
    warnings.push('Its lips cannot close over an open jaw: on p, b and m the jaw shuts.');
  else if (shutUpTo !== undefined && shutUpTo < 1)
    warnings.push(
      `Its lips close over a jaw up to ${shutUpTo.toFixed(2)} open: beyond that the jaw comes along.`,
    );
  return warnings;
}

/** Work through a generator, and let the page have its turn in between. */
async function inSlices<Result>(work: Generator<undefined, Result>): Promise<Result> {
  let startedMs = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    if (performance.now() - startedMs < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    startedMs = performance.now();
  }
}
