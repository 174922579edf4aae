/** QR codes out of pictures: by the browser where it can, else by jsQR, which is loaded only then. */

type Picture = HTMLVideoElement | ImageBitmap;
export type Decode = (picture: Picture, width: number, height: number) => Promise<string | null>;

interface Detector { detect: (picture: Picture) => Promise<{ rawValue: string }[]> }
interface DetectorClass { new (options: { formats: string[] }): Detector; getSupportedFormats: () => Promise<string[]> }

/** More pixels make a phone slow, and a label no clearer. */
const LONGEST_PX = 900;

export async function makeDecoder(): Promise<Decode> {
  const native = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (native && (await native.getSupportedFormats()).includes('qr_code')) {
    const detector = new native({ formats: ['qr_code'] });
    return async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null;
  }
  const { default: jsQR } = await import('jsqr');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return (picture, width, height) => {
    const scale = Math.min(1, LONGEST_PX / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    context?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const pixels = context?.getImageData(0, 0, canvas.width, canvas.height);
    return Promise.resolve(pixels ? (jsQR(pixels.data, pixels.width, pixels.height)?.data ?? null) : null);
  };
}
