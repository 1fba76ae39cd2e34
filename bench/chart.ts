import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Figures } from './report.ts';

const COLOURS = { limit: '#9aa5b1', trestle: '#1f6feb', portkey: '#d9822b' } as const;

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** CPU time by mode and gateway as SVG. The axis is logarithmic: a picture costs a thousand times what an event does. */
export function drawChart(figures: Figures): string {
  const modes = figures.modes.filter(({ id }) => id !== 'first-token').toReversed();
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 900, height: 80 + modes.length * 75 });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: 'CPU time, µs a request or streamed event (less is better)', left: 10, top: 8 },
    legend: { top: 36, data: figures.targets.map(({ label }) => label) },
    grid: { left: 210, right: 60, top: 70, bottom: 30 },
    xAxis: { type: 'log', min: 1 },
    yAxis: { type: 'category', data: modes.map(({ label }) => label), axisTick: { show: false } },
    series: figures.targets.toReversed().map(({ name, label }) => ({
      name: label,
      type: 'bar',
      itemStyle: { color: COLOURS[name] },
      label: { show: true, position: 'right' },
      data: modes.map(({ id }) => {
        const cpu = figures.medians.get(`${name} ${id}`)?.cpu;
        return cpu === undefined ? null : Number(cpu.toPrecision(3));
      }),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
