import './style.css';
import {
  AvatarError,
  AvatarPlayer,
  HostedProvider,
  type FaceView,
  type PoseSource,
} from '@avamotion/client';
import {
  AvatarManager,
  AvatarView,
  Easel,
  isSoftwareRenderer,
  warmUpRenderer,
  type Avatar,
  type Quality,
} from '@avamotion/renderer';
import { Controls } from './controls.ts';
import { fetchInvitation, type Invitation } from './invitation.ts';
import { Microphone } from './microphone.ts';
import { NO_CHOICES, readChoices, type Choices } from './motionStyle.ts';
import { Page } from './page.ts';
import { fetchPeople, idOf, type Person } from './people.ts';
import { Rejoin } from './rejoin.ts';
import { shareCode } from './shareCode.ts';
import { DemoStats } from './stats.ts';
import { Wishes } from './wishes.ts';

const FIGURES_MS = 500;
const CAPTION_STAYS_MS = 2500;

const query = new URLSearchParams(location.search);
const page = new Page();
const provider = new HostedProvider();
const wantedQuality = query.get('quality');
const quality: Quality | 'auto' =
  wantedQuality === 'low' || wantedQuality === 'high' ? wantedQuality : 'auto';
const modest = quality === 'low' || matchMedia('(max-width: 640px)').matches;
let player: AvatarPlayer | undefined;
let view: AvatarView | undefined;
let easel: Promise<Easel> | undefined;
let source: PoseSource | undefined;
let agentUid = 0;
let timbres: Readonly<Record<string, string>> = {};
let choices: Choices = NO_CHOICES;
let voiceChosen = false;
let people: Promise<readonly Person[]> | undefined;
let joining = false;
let captionTimer: ReturnType<typeof setTimeout> | undefined;

function sentence(error: unknown): string {
  return error instanceof AvatarError ? error.message : 'Something went wrong on this page.';
}

/** Hands the player's poses to whichever view there is. */
const face: FaceView = {
  setPoseSource(wanted): void {
    source = wanted;
    view?.setPoseSource(wanted);
  },
};

/** What all faces are drawn with. */
async function makeEasel(): Promise<Easel> {
  if (quality === 'auto') await warmUpRenderer();
  // The page's own first picture goes before; an avatar from the cache has come by then, and is decoded meanwhile.
  await new Promise(requestAnimationFrame);
  const made = new Easel(page.stage, { quality, backdrop: page.backdrop() });
  // To show a canvas for the first time takes a processor long: it does so while the face loads.
  if (made.software) page.revealStage();
  return made;
}

async function loadAvatar(wanted: string): Promise<Avatar> {
  if (!modest && quality === 'auto') await warmUpRenderer();
  const detail = modest || (quality === 'auto' && isSoftwareRenderer()) ? 'low' : 'full';
  return AvatarManager.shared.load(
    wanted,
    ({ type, progress }) => {
      if (type !== 'downloading' || player?.isConnected === true) return;
      page.setState('loading', `Loading ${progress.toFixed(0)} %`);
    },
    { detail },
  );
}

/** Put an avatar on the page; without one the page still speaks. */
async function showAvatar(wanted: string): Promise<void> {
  try {
    const [avatar, ready] = await Promise.all([loadAvatar(wanted), (easel ??= makeEasel())]);
    view?.dispose();
    page.setName(avatar.name);
    page.shareCode(shareCode(avatar.id));
    view = new AvatarView(avatar, page.stage, { easel: ready });
    view.setPoseSource(source);
    view.onFirstRendering = (): void => {
      page.revealFace(!ready.software);
      // On the screen it is, at the latest, when the browser asks for the picture after the one that reveals it.
      requestAnimationFrame(() => {
        requestAnimationFrame(() => {
          stats.faceShown();
          void offerPeople(avatar.id); // pictures of others may wait for the face
        });
      });
    };
  } catch (error) {
    if (view === undefined) await showWithoutFace(wanted, sentence(error));
    else page.setNotice(sentence(error));
  }
}

/** Say why there is no face, and show a picture instead if there is one. */
async function showWithoutFace(wanted: string, why: string): Promise<void> {
  people ??= fetchPeople();
  const person = (await people).find(({ id }) => id === idOf(wanted));
  if (person !== undefined) page.setName(person.name);
  void offerPeople(idOf(wanted));
  page.showWithoutFace(`${why} You can still hear ${person?.name ?? 'it'}.`, person?.thumbnail);
}

/** Give an avatar a voice that fits, unless the viewer has chosen one. */
function matchVoice(avatarId: string): void {
  const timbre = timbres[avatarId];
  if (timbre !== undefined && !voiceChosen) wishes.add('voice', { timbre });
}

async function offerPeople(current: string): Promise<void> {
  people ??= fetchPeople();
  page.offerPeople(await people, current, (id) => {
    void showAvatar(id);
    matchVoice(id);
  });
}

function makePlayer(): AvatarPlayer {
  const made = new AvatarPlayer(provider, face, { logLevel: 'warning' });
  made.on('connection-state-changed', (state) => {
    if (state === 'connected') wishes.flush();
    page.setConnected(state === 'connected');
    if (state === 'connecting') page.setState('loading', 'Connecting');
    if (state === 'connected') {
      rejoin.worked();
      page.setNotice(undefined);
      page.setState('ready', 'Ready');
    }
    if (state === 'reconnecting') {
      page.setState('waiting', 'Reconnecting');
      page.setNotice('The connection was lost. This page comes back by itself.');
    }
    if (state === 'failed') away();
  });
  made.on('playing', () => {
    clearTimeout(captionTimer);
    page.setState('speaking', 'Speaking');
  });
  made.on('idle', () => {
    if (made.isConnected) page.setState('ready', 'Ready');
    clearTimeout(captionTimer);
    captionTimer = setTimeout(() => {
      page.setCaption('');
    }, CAPTION_STAYS_MS);
  });
  made.on('interrupted', () => {
    page.setCaption('');
  });
  made.on('stalled', () => {
    page.setNotice('Nothing has come from the server for a while; waiting for it.');
  });
  made.on('audio-blocked', () => {
    page.setBlocked(true);
  });
  made.on('audio-unblocked', () => {
    page.setBlocked(false);
  });
  made.on('message', ({ topic, data }) => {
    receive(topic, data as { text?: unknown; message?: unknown } | null);
  });
  made.on('error', (error) => {
    // Who is not connected reads what is done about it, and not what failed on the way.
    if (made.isConnected) page.setNotice(error.message);
  });
  return made;
}

function receive(topic: string, data: { text?: unknown; message?: unknown } | null): void {
  if (topic === 'choices') {
    choices = readChoices(data);
    // What the viewer is about to change must not jump back.
    if (!wishes.open) controls.show(choices);
  }
  if (topic === 'caption' && typeof data?.text === 'string') {
    clearTimeout(captionTimer);
    page.setNotice(undefined);
    page.setCaption(data.text);
  }
  if (topic === 'error' && typeof data?.message === 'string') page.setNotice(data.message);
}

/** The connection is gone for good, or the server is another: only a new invitation can help. */
function away(): void {
  page.setState('offline', 'Offline');
  page.setNotice('There is no connection to the server. This page tries again by itself.', true);
  rejoin.failed();
}

async function start(): Promise<void> {
  if (joining) return;
  joining = true;
  page.setState('loading', 'Connecting');
  let invitation: Invitation;
  try {
    invitation = await fetchInvitation();
    ({ agentUid, timbres } = invitation);
    player ??= makePlayer();
    // Sound does not wait for the picture.
    const connected = player.connect(invitation.config);
    const named = query.get('avatar');
    if (view === undefined) void showAvatar(named ?? invitation.avatarUrl);
    await connected;
    if (named !== null) matchVoice(named);
  } catch (error) {
    page.setState('offline', 'Offline');
    page.setNotice(sentence(error), true);
    rejoin.failed();
  } finally {
    joining = false;
  }
}

function send(topic: string, data: unknown): void {
  try {
    player?.sendMessage(topic, data, agentUid);
  } catch (error) {
    page.setNotice(sentence(error));
  }
}

async function toggleMicrophone(): Promise<void> {
  try {
    if (microphone.open) await microphone.stop();
    else await microphone.start();
  } catch (error) {
    page.setNotice(sentence(error));
  }
  page.setListening(microphone.open);
}

function showFigures(): void {
  const { firstFrameMs, bufferMs, skewMs, fps } = stats.read();
  page.setFigure('first', firstFrameMs === undefined ? '–' : `${firstFrameMs.toFixed(0)} ms`);
  page.setFigure('buffer', `${bufferMs.toFixed(0)} ms`);
  page.setFigure('skew', skewMs === undefined ? '–' : `${skewMs.p95.toFixed(1)} ms`);
  if (skewMs !== undefined) page.spark.add(skewMs.p95);
  page.setFigure('fps', fps > 0 ? `${fps.toFixed(0)} fps` : '–');
}

const stats = new DemoStats(
  () => player,
  () => view,
);
window.avamotion = {
  stats: () => stats.read(),
  get player() {
    return player;
  },
  get view() {
    return view;
  },
  provider,
};
const rejoin = new Rejoin(() => void start());
const wishes = new Wishes(send, () => player?.isConnected === true);
const controls = new Controls((topic, wish) => {
  voiceChosen ||= 'timbre' in wish;
  wishes.add(topic, wish);
});
controls.show(choices);
page.onSay((text) => {
  wishes.flush();
  send('say', { text });
});
page.onStop(() => {
  send('stop', {});
});
const microphone = new Microphone(() => {
  // Barge-in: who speaks over the avatar is listened to.
  if (player?.getStats().conversationState === 'playing') send('stop', {});
});
page.onListen(() => void toggleMicrophone());
page.onRetry(() => void start());
page.onGesture(() => void player?.unlockAudio());
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  view?.setBackdrop(page.backdrop());
});
setInterval(showFigures, FIGURES_MS);
void start();
