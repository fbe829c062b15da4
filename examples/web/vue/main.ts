import '../style.css';
import { createApp } from 'vue';
import { join } from '../join.ts';
import SpeakingAvatar from './SpeakingAvatar.vue';

createApp(SpeakingAvatar, { join }).mount('#app');
