import type { Compound } from '@/app/useCompound';
import { saveFile } from '@/app/saveFile';

/** Save what the scene shows as a PNG. */
export async function savePicture(compound: Compound): Promise<void> {
  const picture = await compound.commands.value?.picture();
  if (picture) saveFile(picture, `fangma-${new Date().toISOString().slice(0, 10)}.png`);
}
