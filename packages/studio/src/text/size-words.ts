/** Bytes as people read them: 86 MB, 4.3 GB. @param language decides the decimal mark */
export function sizeWords(bytes: number, language: 'en' | 'de'): string {
  const [value, unit] =
    bytes < 1e6 ? [bytes / 1e3, 'kB'] : bytes < 1e9 ? [bytes / 1e6, 'MB'] : [bytes / 1e9, 'GB'];
  const digits = value > 0 && value < 10 ? 1 : 0;
  const number = value.toLocaleString(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${number} ${unit}`;
}
