import { blendShapeIndex } from '@avamotion/client';
import type { Binding } from './binding.ts';
import type { CapabilityLevel } from './capability.ts';
import { FIRST_VISEME, FIRST_VRM, controlIndex } from './control.ts';

const N_VOWELS = 5;

/** Of all that answers to a name, what a face is to use: never two vocabularies of the mouth at once. */
export function chooseBindings(
  controls: readonly (readonly Binding[])[],
  level: CapabilityLevel,
): readonly (readonly Binding[])[] {
  return controls.map((bindings, control) => {
    if (control < FIRST_VISEME)
      return level === 'visemes' || level === 'vowels' ? unlessMouth(bindings, control) : bindings;
    if (control < FIRST_VRM) return level === 'visemes' ? bindings : [];
    if (control < FIRST_VRM + N_VOWELS) return level === 'vowels' ? bindings : [];
    return hasOwn(controls, control) ? [] : bindings;
  });
}

function unlessMouth(bindings: readonly Binding[], control: number): readonly Binding[] {
  const isMouth =
    control >= blendShapeIndex('jawForward') && control <= blendShapeIndex('mouthUpperUpRight');
  return isMouth ? [] : bindings;
}

/** Whether the model's ARKit shapes do what one of VRM's eye expressions does. */
function hasOwn(controls: readonly (readonly Binding[])[], control: number): boolean {
  const arkit = control <= controlIndex('vrm_blinkRight') ? 'eyeBlinkLeft' : 'eyeLookUpLeft';
  const has = (index: number): boolean => (controls[index]?.length ?? 0) > 0;
  if (has(blendShapeIndex(arkit))) return true;
  return control === controlIndex('vrm_blink') && has(controlIndex('vrm_blinkLeft'));
}
