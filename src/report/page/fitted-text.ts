/** A text cut to so many pixels; `undefined`: not enough of it would be left to read. */
export function fittedText(context: CanvasRenderingContext2D, text: string, room: number): string | undefined {
  const whole = context.measureText(text).width;
  if (whole <= room) return text;
  let shown = text.slice(0, Math.max(0, Math.floor((text.length * room) / whole) - 1));
  while (shown.length > 0 && context.measureText(`${shown}…`).width > room) shown = shown.slice(0, -1);
  return shown.length < 3 ? undefined : `${shown}…`;
}
