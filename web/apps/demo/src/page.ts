import type { Person } from './people.ts';
import { Sparkline } from './sparkline.ts';

/** What the page as a whole is doing. */
export type PageState = 'loading' | 'ready' | 'speaking' | 'waiting' | 'offline';

/** The elements of the page. */
export class Page {
  readonly stage: HTMLElement = element('stage');
  readonly #app: HTMLElement = document.querySelector('.app') as HTMLElement;
  readonly #status: HTMLElement = element('status');
  readonly #hear: HTMLElement = element('hear');
  readonly #caption: HTMLElement = element('caption');
  readonly #notice: HTMLElement = element('notice');
  readonly #noticeText: HTMLElement = element('notice-text');
  readonly #retry: HTMLButtonElement = element('retry');
  readonly #text: HTMLTextAreaElement = element('text');
  readonly #stop: HTMLButtonElement = element('stop');
  readonly #speak: HTMLButtonElement = element('speak');
  #connected = false;
  #send: () => void = () => undefined;
  #wanted = false;

  /** Call when the user wants something said. */
  onSay(handler: (text: string) => void): void {
    const send = (): void => {
      const text = this.#text.value.trim();
      // What is typed while the connection is away is said when it is back.
      this.#wanted = text !== '' && !this.#connected;
      if (text === '' || !this.#connected) return;
      this.#text.value = '';
      this.#enable();
      handler(text);
    };
    this.#send = send;
    element<HTMLFormElement>('say').addEventListener('submit', (event) => {
      event.preventDefault();
      send();
    });
    this.#text.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      send();
    });
    this.#text.addEventListener('input', () => {
      this.#enable();
    });
  }

  /** Call when the user wants silence. */
  onStop(handler: () => void): void {
    this.#stop.addEventListener('click', handler);
    document.addEventListener('keydown', (event) => {
      // What is open in front of the face takes the key for itself.
      const taken = event.defaultPrevented || document.querySelector(':popover-open') !== null;
      if (event.key === 'Escape' && this.#connected && !taken) handler();
    });
  }

  /** Call when the user wants to be listened to, or no more. */
  onListen(handler: () => void): void {
    element('listen').addEventListener('click', handler);
  }

  /** Show whether the microphone is open. */
  setListening(listening: boolean): void {
    element('listen').setAttribute('aria-pressed', String(listening));
  }

  /** Call when the user wants to try again. */
  onRetry(handler: () => void): void {
    this.#retry.addEventListener('click', handler);
  }

  /** Call on every user gesture while sound is held back. */
  onGesture(handler: () => void): void {
    for (const type of ['pointerdown', 'keydown'] as const) {
      document.addEventListener(type, () => {
        if (!this.#hear.hidden) handler();
      });
    }
  }

  /** Say what the page is doing. */
  setState(state: PageState, text: string): void {
    this.#app.dataset['state'] = state;
    this.#status.textContent = text;
    this.#stop.disabled = state !== 'speaking';
  }

  /** Allow or forbid talking to the avatar. */
  setConnected(connected: boolean): void {
    this.#connected = connected;
    this.#enable();
    if (connected && this.#wanted) this.#send();
  }

  /** Offer to let sound out. */
  setBlocked(blocked: boolean): void {
    this.#hear.hidden = !blocked;
  }

  setName(name: string): void {
    element('hear-name').textContent = name;
    document.title = `${name} · Avamotion`;
  }

  setCaption(text: string): void {
    this.#caption.textContent = text;
  }

  /** Tell the user what is wrong, or nothing any more. */
  setNotice(text: string | undefined, retry: boolean = false): void {
    this.#notice.hidden = text === undefined;
    this.#noticeText.textContent = text ?? '';
    this.#retry.hidden = !retry;
  }

  /** Say why there is no face, beside a picture of whom one would see. */
  showWithoutFace(why: string, picture: string | undefined): void {
    element('faceless').hidden = false;
    element('faceless-text').textContent = why;
    const image = element<HTMLImageElement>('faceless-image');
    image.hidden = picture === undefined;
    if (picture !== undefined) image.src = picture;
  }

  /** Show what is drawn, though it may be no face yet. */
  revealStage(): void {
    this.stage.dataset['visible'] = '';
  }

  /** Show the face, now that there is one. */
  revealFace(glass: boolean): void {
    element('faceless').hidden = true;
    this.#app.toggleAttribute('data-glass', glass);
    this.revealStage();
  }

  setFigure(name: 'first' | 'buffer' | 'skew' | 'fps', text: string): void {
    element(`figure-${name}`).textContent = text;
  }

  /** Offer a choice of faces. */
  offerPeople(people: readonly Person[], current: string, onChoice: (id: string) => void): void {
    const panel = element('people');
    element('people-open').hidden = people.length < 2;
    const buttons = people.map(({ id, name, thumbnail }) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.setAttribute('aria-pressed', String(id === current));
      if (thumbnail !== undefined) {
        const picture = document.createElement('img');
        Object.assign(picture, { src: thumbnail, alt: '', loading: 'lazy' });
        button.append(picture);
      }
      button.append(name);
      button.addEventListener('click', () => {
        for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
        panel.hidePopover();
        onChoice(id);
      });
      return button;
    });
    panel.replaceChildren(...buttons);
  }

  /** Show the lines that put this face on somebody's page. */
  shareCode(code: string): void {
    element('code-text').textContent = code;
    const copy = element('copy');
    copy.onclick = (): void => {
      navigator.clipboard.writeText(code).then(
        () => (copy.textContent = 'Copied'),
        () => (copy.textContent = 'Select and copy it by hand'),
      );
    };
  }

  /** Curve of how far picture and sound are apart. */
  readonly spark: Sparkline = new Sparkline(
    document.querySelector('#spark') as SVGPathElement,
    120,
    40,
  );

  /** Colours behind the face, from the style sheet. */
  backdrop(): { inner: string; outer: string } {
    const style = getComputedStyle(document.documentElement);
    return {
      inner: style.getPropertyValue('--inner').trim(),
      outer: style.getPropertyValue('--outer').trim(),
    };
  }

  #enable(): void {
    this.#speak.disabled = !this.#connected || this.#text.value.trim() === '';
  }
}

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
