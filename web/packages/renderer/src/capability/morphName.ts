import { BLEND_SHAPES } from '@avamotion/client';
import { VISEMES, VRM_EXPRESSIONS, type Control } from './control.ts';

/** Names under which tools export shapes, in small letters, and what they are. */
const ALIASES: Readonly<Record<string, Control>> = {
  mouthopen: 'jawOpen',
  jawdrop: 'jawOpen',
  eyesclosed: 'vrm_blink',
  blink: 'vrm_blink',
  fclmtha: 'vrm_aa',
  fclmthi: 'vrm_ih',
  fclmthu: 'vrm_ou',
  fclmthe: 'vrm_ee',
  fclmtho: 'vrm_oh',
  fcleyeclose: 'vrm_blink',
  fcleyecloseleft: 'vrm_blinkLeft',
  fcleyecloseright: 'vrm_blinkRight',
  browouterupl: 'browOuterUpLeft',
  browouterupr: 'browOuterUpRight',
};

const KNOWN: ReadonlyMap<string, Control> = new Map<string, Control>([
  ...BLEND_SHAPES.map((name) => [name.toLowerCase(), name] as const),
  ...VISEMES.map((name) => [`viseme${name.toLowerCase()}`, `viseme_${name}`] as const),
]);

/** Shapes without a side that move both, such as `mouthSmile`. */
const BOTH_SIDES: ReadonlyMap<string, readonly [Control, Control]> = new Map(
  BLEND_SHAPES.filter((name) => name.endsWith('Left')).map((name) => {
    const stem = name.slice(0, -'Left'.length);
    return [stem.toLowerCase(), [name, `${stem}Right` as Control]] as const;
  }),
);
// These stems are shapes of their own: a jaw or mouth that moves sideways.
const NOT_BOTH: ReadonlySet<string> = new Set(['jaw', 'mouth']);

/**
 * What a morph target does, by the name that some tool gave it.
 *
 * @returns one control, two for a shape of both sides, or none
 */
export function controlsOf(morphName: string): readonly Control[] {
  for (const candidate of candidates(morphName)) {
    const known = KNOWN.get(candidate) ?? ALIASES[candidate];
    if (known !== undefined) return [known];
    const sides = NOT_BOTH.has(candidate) ? undefined : BOTH_SIDES.get(candidate);
    if (sides !== undefined) return sides;
  }
  return [];
}

/** What a VRM expression's name means: one of VRM's own, or an ARKit shape ("perfect sync"). */
export function controlsOfExpression(name: string): readonly Control[] {
  const folded = name.toLowerCase();
  const own = VRM_NAMES.get(folded);
  return own === undefined ? controlsOf(name) : [own];
}

/** VRM 1 names, and those of VRM 0. */
const VRM_NAMES: ReadonlyMap<string, Control> = new Map<string, Control>([
  ...VRM_EXPRESSIONS.map((name) => [name.toLowerCase(), `vrm_${name}`] as const),
  ['a', 'vrm_aa'],
  ['i', 'vrm_ih'],
  ['u', 'vrm_ou'],
  ['e', 'vrm_ee'],
  ['o', 'vrm_oh'],
  ['blink_l', 'vrm_blinkLeft'],
  ['blink_r', 'vrm_blinkRight'],
]);

/** Spellings to try: the whole name first, then without what stands before a dot or an underscore. */
function* candidates(name: string): Generator<string> {
  const sided = name
    .trim()
    .replace(/[_.\- ]?(?:\b|_)L$/, 'Left')
    .replace(/[_.\- ]?(?:\b|_)R$/, 'Right');
  let rest = sided;
  for (;;) {
    yield rest.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
    const cut = rest.search(/[._:]/);
    if (cut < 0) return;
    rest = rest.slice(cut + 1);
  }
}
