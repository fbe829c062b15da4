export { Avatar } from './avatar/avatar.ts';
export { AvatarManager } from './avatar/avatarManager.ts';
export type { AvatarSourceInput, LoadOptions, LoadProgress } from './avatar/avatarManager.ts';
export type { AvatarMetadata, ClosureCurve } from './avatar/metadata.ts';
export type { CapabilityLevel, CapabilityReport, LipReport } from './capability/capability.ts';
export type { Control } from './capability/control.ts';
export { AvatarView } from './view/avatarView.ts';
export { Easel } from './view/easel.ts';
export type { EaselOptions } from './view/easel.ts';
export { isSoftwareRenderer, warmUpRenderer } from './view/software.ts';
export type { AvatarViewOptions, ViewTransform } from './view/avatarView.ts';
export type { Quality } from './scene/look.ts';
export type { Backdrop } from './scene/studio.ts';
export { AvatarController } from './sdk/avatarController.ts';
export type { FramesDrop } from './sdk/avatarController.ts';
export { AvatarSDK } from './sdk/avatarSdk.ts';
export type { SdkConfiguration } from './sdk/avatarSdk.ts';
// A page written for the hosted SDK imports these together with the rest.
export {
  AvatarError,
  ConnectionState,
  ConversationState,
  DrivingServiceMode,
  LogLevel,
} from '@avamotion/client';
