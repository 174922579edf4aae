/** Whoever makes one of these disposes of it: it holds memory of the GPU or listeners of the page. */
export interface Disposable {
  dispose(): void;
}
