/** A sentence in which `back-ticks` mark what one can type. */
export function Prose({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 1 ? (
      <code key={index} className="num rounded bg-sunken box-decoration-clone px-1 py-0.5 text-xs break-words text-ink">
        {part}
      </code>
    ) : (
      part
    ),
  );
}
