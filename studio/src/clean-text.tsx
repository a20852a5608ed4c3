/** A sanitised text, with what stands in for private values made visible. */
export function CleanText({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/(\[[A-Z][A-Z_]*_\d+\]|\[REDACTION_FAILED len=\d+\])/).map((part, index) =>
        index % 2 === 1 ? (
          <mark key={`${index}`} title="Was replaced before anything was recorded">
            {part.slice(1, -1)}
          </mark>
        ) : (
          part
        ),
      )}
    </>
  )
}
