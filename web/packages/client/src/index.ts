export { AudioOutput } from './audio/audioOutput.ts';
export { BLEND_SHAPES, N_BLEND_SHAPES, blendShapeIndex, isBlendShape } from './media/blendShape.ts';
export type { BlendShape } from './media/blendShape.ts';
export type { MotionFrame } from './media/motionFrame.ts';
export { POSE_SIZE, Pose } from './media/pose.ts';
export { AvatarError } from './player/avatarError.ts';
export type { AvatarErrorCode } from './player/avatarError.ts';
export { AvatarPlayer } from './player/avatarPlayer.ts';
export type { AvatarPlayerOptions } from './player/avatarPlayer.ts';
export type { AvatarPlayerEvents } from './player/avatarPlayerEvents.ts';
export type { AvatarPlayerStats } from './player/avatarPlayerStats.ts';
export type { SessionSummary } from './player/sessionRecord.ts';
export type { Skew } from './player/skewMeter.ts';
export type { FaceView, PoseSource } from './player/faceView.ts';
export {
  ConnectionState,
  ConversationState,
  DrivingServiceMode,
  LogLevel,
} from './player/state.ts';
export { IngressClient } from './ingress/ingressClient.ts';
export type { IngressConfig, IngressListener } from './ingress/ingressClient.ts';
export { openMicrophone } from './player/microphone.ts';
export { PcmPlayback } from './player/pcmPlayback.ts';
export { FrameBuffer } from './playout/frameBuffer.ts';
export { Performer } from './playout/performer.ts';
export type { Playhead } from './playout/timeline.ts';
export { decodeAnimation } from './protocol/packet.ts';
export { AgoraProvider } from './provider/agoraProvider.ts';
export type { AgoraProviderOptions } from './provider/agoraProvider.ts';
export { HostedProvider } from './provider/hostedProvider.ts';
export { LiveKitProvider } from './provider/liveKitProvider.ts';
export type { LiveKitProviderOptions } from './provider/liveKitProvider.ts';
export { LocalProvider } from './provider/localProvider.ts';
export { WebRtcProvider } from './provider/webRtcProvider.ts';
export type {
  AvatarProvider,
  ConnectConfig,
  ProviderListener,
  ProviderOptions,
  ProviderStats,
} from './provider/provider.ts';
