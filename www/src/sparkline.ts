const width = 240;
const height = 56;
const margin = 3;

/** Draws values as a line that ends at the right edge, over an area. */
export function drawSparkline(svg: Element, values: readonly number[], room: number): void {
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const low = Math.min(...values);
  // A flat line stays a line.
  const span = Math.max(...values) - low || 1;
  const step = width / (room - 1);
  const left = width - step * (values.length - 1);
  const points = values.map((value, index) => {
    const y = height - margin - ((value - low) / span) * (height - 2 * margin);
    return `${(left + index * step).toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join("L")}`;
  svg.querySelector(".line")?.setAttribute("d", line);
  svg.querySelector(".area")?.setAttribute("d", `${line}V${height}H${left.toFixed(1)}Z`);
}
