/** Two speech bubbles, one answering the other. */
export function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <path
        d="M5 11.5A5.5 5.5 0 0 1 10.500 6h7a5.500 5.500 0 0 1 0 11h-2.800l-5.200 3.900V16.900A5.500 5.500 0 0 1 5 11.500Z"
        fill="currentColor"
      />
      <path
        d="M15.300 19.900h2.100a8.300 8.300 0 0 0 8-6.100 5.300 5.300 0 0 1 2.100 4.200c0 2.100-1.200 3.900-3 4.700V27l-4.700-3.600h-1.600a5 5 0 0 1-2.900-3.500Z"
        fill="currentColor"
        opacity="0.5"
      />
    </svg>
  );
}
