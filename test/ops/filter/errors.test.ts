import { describe, expect, test } from 'vitest';
import { ImgdError } from '../../../src/base/errors.js';
import { compileFilter } from '../../../src/ops/filter/compile.js';

function problemOf(text: string): string {
  try {
    compileFilter(text);
  } catch (error) {
    if (!(error instanceof ImgdError)) throw error;
    expect(error.code).toBe('usage');
    return error.message;
  }
  throw new Error(`compiled: ${text}`);
}

describe('a wrong filter is an error that shows the place and what was expected', () => {
  // the second line of each is the carets' line under the filter
  test.each<[filter: string, carets: string, problem: string]>([
    ['image.heigth < 1000', '      ^^^^^^', 'unknown field "heigth"; did you mean height?'],
    ['nChanels > 2', '^^^^^^^^', 'did you mean nChannels?'],
    ['hasAlpha', '^^^^^^^^', 'did you mean has_alpha?'],
    ['a = 1 AND `Orientatoin` = 2', '^', 'unknown field "a"; the fields are origin, name, format,'],
    ['width = 1 AND `Orientatoin` = 2', '              ^^^^^^^^^^^^^', 'did you mean orientation?'],
    ['format = "jpeg"', '         ^^^^^^', "a string stands in single quotes: 'jpeg'"],
    ['img.height > 1', '^^^', 'unknown table "img"; only image may stand before a field'],
    ['image.height.x > 1', '             ^', 'a field has no parts'],
    ['image. > 1', '       ^', 'expected a field, found >'],

    ["nChannels > '2'", '            ^^^', "can't compare: nChannels is a number, but '2' is a string"],
    ['NULL IN (1, name)', '            ^^^^', 'but name is a string'],
    ["width IN (1, 'a', 3)", '             ^^^', "'a' is a string"],
    ["width BETWEEN 1 AND 'b'", '                    ^^^', "'b' is a string"],
    ['has_alpha = 1', '            ^', 'has_alpha is a condition (true or false), but 1 is a number'],
    ['width = (height > 1)', '        ^^^^^^^^^^^^', '(height > 1) is a condition'],
    ['width + 1', '^^^^^^^^^', 'a filter needs a condition (true or false), but width + 1 is a number'],
    ['name', '^^^^', 'but name is a string'],
    ['width > 1 AND height', '              ^^^^^^', 'AND needs a condition (true or false), but height is a number'],
    ["'a' OR TRUE", '^^^', "OR needs a condition (true or false), but 'a' is a string"],
    ['NOT width', '    ^^^^^', 'NOT needs a condition'],
    ["width + 'a' > 1", '        ^^^', "+ needs a number, but 'a' is a string"],
    ['-name > 1', ' ^^^^', '- needs a number, but name is a string'],
    ["width LIKE '1%'", '^^^^^', 'LIKE needs a string, but width is a number'],
    ['(1 + TRUE) IS NULL', '     ^^^^', '+ needs a number'],

    ['(width > 3', '          ^', 'expected ) or an operator, found the end'],
    ['width >', '       ^', 'expected a field or a value, found the end'],
    ['width >> 3', '       ^', 'expected a field or a value, found >'],
    ['width > 3)', '         ^', 'expected AND, OR, another operator or the end, found )'],
    ['width > 3 height', '          ^^^^^^', 'expected AND, OR, another operator or the end, found height'],
    ['1000px > width', '    ^^', 'found px'],
    ['AND width > 3', '^^^', 'expected a field or a value, found AND'],
    ['width IN 3', '         ^', 'expected ( and a list of values, found 3'],
    ['width IN ()', '          ^', 'expected a field or a value, found )'],
    ['width IN (1 2)', '            ^', 'expected , or ), found 2'],
    ['width BETWEEN 1 OR 2', '                ^^', 'expected AND, found OR'],
    ['width NOT 3', '          ^', 'expected IN, BETWEEN or LIKE, found 3'],
    ['name LIKE origin', '          ^^^^^^', "expected a pattern in quotes, such as '%.jpg', found origin"],
    ['width IS 3', '         ^', 'expected NULL or NOT NULL, found 3'],
    ['width IS NOT TRUE', '             ^^^^', 'expected NULL, found TRUE'],
    ['1 < width < 3', '          ^', "< can't follow a comparison: use AND or parentheses"],
    ["name LIKE 'a' LIKE 'b'", '              ^^^^', "LIKE can't follow a comparison"],
    ['has_alpha = NOT TRUE', '            ^^^', 'NOT needs parentheses here'],
    ['', '^', 'the filter is empty; expected a condition'],

    ["name = 'abc", '       ^^^^', "' without its closing '"],
    ['`width > 3', '^^^^^^^^^^', '` without its closing `'],
    ['width > 3 && height > 3', '          ^^', 'write AND instead of &&'],
    ['width > 3 || height > 3', '          ^^', 'write OR instead of ||'],
    ['!has_alpha', '^', 'write NOT instead of !'],
    ['width = 5--3', '         ^^', 'in SQL -- begins a comment'],
    ['width <=> 3', '      ^^^', 'use = and IS NULL'],
    ['name = ‘a’', '       ^', 'plain single quotes'],
    ['width > 3;', '         ^', 'unexpected ";"'],
    ['width > 1e999', '        ^^^^^', 'this number is too large'],
  ])('%s', (text, carets, problem) => {
    const [first, shown, marked, ...rest] = problemOf(text).split('\n');
    expect(first).toContain(problem);
    expect(shown).toBe(`  ${text}`);
    expect(marked).toBe(`  ${carets}`);
    expect(rest).toEqual([]);
  });

  test('line breaks and control characters do not move the carets', () => {
    const message = problemOf('width > 3\n\tAND "\u001b[31m" = 1');
    expect(message).toContain('\n  width > 3  AND " [31m" = 1\n                 ^^^^^^^');
    expect(message).not.toContain('\u001b');
  });

  test('wide characters take two columns, marks none', () => {
    expect(problemOf("name = '写真' AND colour = 1").split('\n')[2]).toBe(`  ${' '.repeat(18)}^^^^^^`);
    expect(problemOf("name = 'e\u0301' AND colour = 1").split('\n')[2]).toBe(`  ${' '.repeat(15)}^^^^^^`);
  });

  test('of a long filter only the surroundings of the place are shown', () => {
    const text = `name = '${'a'.repeat(300)}' AND colour > 3 AND name = '${'b'.repeat(300)}'`;
    const [, shown, carets] = problemOf(text).split('\n');
    expect(shown!.length).toBeLessThan(170);
    expect(shown!.slice(carets!.indexOf('^'), carets!.lastIndexOf('^') + 1)).toBe('colour');
  });
});

describe('limits', () => {
  test('the parenthesis that is one too deep is the place', () => {
    const [, shown, carets] = problemOf(`${'('.repeat(100)}(width > 1`).split('\n');
    expect(shown!.slice(carets!.indexOf('^'))).toBe('(width > 1');
  });

  test.each<[string, string, string]>([
    ['5,000 open parentheses', '('.repeat(5000), 'nested more than 100 deep'],
    ['5,000 pairs of parentheses', `${'('.repeat(4990)}1=1${')'.repeat(4990)}`, 'nested more than 100 deep'],
    ['2,000 NOTs', `${'NOT '.repeat(2000)}TRUE`, 'nested more than 100 deep'],
    ['3,000 minus signs', `${'- '.repeat(3000)}1 > 1`, 'nested more than 100 deep'],
    ['4,000 additions', `1${'+1'.repeat(4000)} > 1`, 'more than 500 operators'],
    ['700 IS NULLs', `1${' IS NULL'.repeat(700)}`, 'more than 500 operators'],
    ['a million characters', `name = '${'x'.repeat(1_000_000)}'`, '1000009 characters; at most 10000'],
  ])('%s give an error, not a stack overflow', (_, text, problem) => {
    const message = problemOf(text);
    expect(message).toContain(problem);
    expect(message.length).toBeLessThan(500);
  });
});
