import '../style.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { join } from '../join.ts';
import { SpeakingAvatar } from './SpeakingAvatar.tsx';

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <SpeakingAvatar join={join} />
  </StrictMode>,
);
