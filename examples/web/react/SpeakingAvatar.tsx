import { useEffect, useRef, useState } from 'react';
import type { Invitation } from '../join.ts';
import { speak, type Speaker } from '../speak.ts';

/** A face that speaks what an agent says. `join` must stay the same from picture to picture. */
export function SpeakingAvatar({ join }: { join: () => Promise<Invitation> }) {
  const stage = useRef<HTMLDivElement>(null);
  const speaker = useRef<Speaker>(null);
  const [blocked, setBlocked] = useState(false);
  const [problem, setProblem] = useState('');

  useEffect(() => {
    const speaking = speak(stage.current!, join, { onBlocked: setBlocked, onProblem: setProblem });
    speaker.current = speaking;
    return () => speaking.stop();
  }, [join]);

  return (
    <main className="avatar">
      <div ref={stage} />
      {blocked && <button onClick={() => speaker.current?.hear()}>Click to hear</button>}
      {problem && <p role="alert">{problem}</p>}
    </main>
  );
}
