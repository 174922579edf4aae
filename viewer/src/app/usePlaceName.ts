import { useSharedCompound } from '@/app/reader';
import { shortStorey } from '@/core/storeys';

/** Where a thing of the model stands, in words: building and storey; "" before the model is here, or for what it does not have. */
export function usePlaceName(): (code: string) => string {
  const compound = useSharedCompound();
  return (code) => {
    const table = compound.features.value;
    const row = table?.rowOfCode(code) ?? 0;
    if (!table || !row) return '';
    const [storey, building] = [table.value('storey', row), table.value('building', row)];
    const name = compound.scene.value?.buildings.find((one) => one.code === building)?.name ?? building;
    return [name, storey && shortStorey(storey, null)].filter(Boolean).join(' ');
  };
}
