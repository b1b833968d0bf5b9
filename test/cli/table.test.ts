import { describe, expect, test } from 'vitest';
import { plainStyle, styleFor } from '../../src/cli/style.js';
import { renderRunTable, renderShow, renderTable } from '../../src/cli/table.js';
import { failedRow, filteredRow, predictedRow } from './sample-rows.js';

const lines = (text: string) => text.trimEnd().split('\n');

test("show is Spark's show(5, truncate=False)", () => {
  expect(lines(renderShow([predictedRow, failedRow]))).toEqual([
    '+--------------------------------+------+-----+----+---------+------------------------+----------------------+',
    '|origin                          |height|width|mode|nChannels|label                   |score                 |',
    '+--------------------------------+------+-----+----+---------+------------------------+----------------------+',
    '|file:///data/garbage%20truck.jpg|375   |500  |16  |3        |[garbage_truck, minivan]|[0.9651234, 0.0000123]|',
    '|file:///data/broken%FF.jpg      |null  |null |null|null     |null                    |null                  |',
    '+--------------------------------+------+-----+----+---------+------------------------+----------------------+',
  ]);
});

test('show says when there are more rows', () => {
  expect(renderShow([filteredRow], 75)).toMatch(/\+\nonly showing top 1 row\n$/);
  expect(renderShow([filteredRow, failedRow], 75)).toMatch(/\nonly showing top 2 rows\n$/);
  expect(renderShow([filteredRow], 1)).toMatch(/\+\n$/);
});

test('the table of a run names, measures and explains each picture', () => {
  expect(lines(renderRunTable([predictedRow, filteredRow, failedRow]))).toEqual([
    '+-------------------+---------+-----------+---------------+-------+------------------------------------------------------+',
    '| name              |    size | status    | label         | score | reason                                               |',
    '+-------------------+---------+-----------+---------------+-------+------------------------------------------------------+',
    '| garbage truck.jpg | 500×375 | predicted | garbage_truck | 0.965 |                                                      |',
    '| camera.png        | 512×512 | filtered  |               |       | nChannels > 2                                        |',
    '| broken%FF.jpg     |         | failed    |               |       | truncated: the file ends in the middle of its pixels |',
    '+-------------------+---------+-----------+---------------+-------+------------------------------------------------------+',
  ]);
});

test('the table of a run has at most 20 rows and is empty without any', () => {
  const many = Array.from({ length: 30 }, (_, index) => ({ ...predictedRow, index }));
  expect(lines(renderRunTable(many)).length).toBe(24);
  expect(lines(renderRunTable([])).length).toBe(3);
});

describe('a table that is wider than the terminal', () => {
  test('takes from its widest columns, never more than it has to', () => {
    const text = renderRunTable([predictedRow, filteredRow, failedRow], { columns: 90 });
    for (const line of lines(text)) expect(line.length).toBe(90);
    expect(text).toContain('| garbage truck.jpg | 500×375 |');
    expect(text).toContain('| truncated: the file… |');
  });

  test('keeps its columns readable even where nothing helps', () => {
    const text = renderRunTable([predictedRow], { columns: 10 });
    expect(text).toContain('| garba… |');
  });
});

test('control characters of a label or name never reach the terminal', () => {
  const text = renderTable([{ name: 'x' }], [['a\u001b[31mb\nc\ud800']], { width: null, style: plainStyle });
  expect(text).toContain('| a\\u001b[31mb\\u000ac\\ud800 |');
});

test('wide characters, combining marks and emoji keep the borders straight', () => {
  const rows = [['日本語'], ['e\u0301'], ['🚚'], ['abcdef']];
  const text = renderTable([{ name: 'x' }], rows, { width: null, style: plainStyle });
  expect(lines(text).slice(3, 7)).toEqual(['| 日本語 |', '| e\u0301      |', '| 🚚     |', '| abcdef |']);
  expect(renderTable([{ name: 'x' }], [['日本語日本語']], { width: 12, style: plainStyle })).toContain('| 日本語… ');
});

test('colour is bound to the stream: a terminal without NO_COLOR and not dumb', () => {
  expect(styleFor({ isTTY: true }, {}).red('x')).toBe('\u001b[31mx\u001b[39m');
  for (const [stream, environment] of [
    [{ isTTY: false }, {}],
    [{}, {}],
    [{ isTTY: true }, { NO_COLOR: '1' }],
    [{ isTTY: true }, { TERM: 'dumb' }],
  ] as const) {
    const style = styleFor(stream, environment);
    expect([style.colour, style.red('x'), style.bold('x')]).toEqual([false, 'x', 'x']);
  }
  expect(styleFor({ isTTY: true }, { NO_COLOR: '' }).colour).toBe(true);
});

test('coloured cells are cut before they are painted', () => {
  const style = styleFor({ isTTY: true }, {});
  const text = renderTable([{ name: 'x', paint: style.dim }], [['0123456789']], { width: 10, style });
  expect(text).toContain('| \u001b[2m01234…\u001b[22m |');
});
