/** The page's style sheet. Text keeps a contrast of 4.5 to 1 on its background in both schemes (WCAG 2 AA). */

export interface Palette {
  readonly page: string;
  readonly card: string;
  readonly line: string;
  readonly text: string;
  readonly quiet: string;
  readonly link: string;
  readonly predicted: string;
  readonly filtered: string;
  readonly failed: string;
  readonly decode: string;
  readonly resize: string;
  readonly predict: string;
}

export const palettes: Readonly<Record<'light' | 'dark', Palette>> = {
  light: {
    page: '#f6f6f4',
    card: '#ffffff',
    line: '#dcdcd8',
    text: '#1b1c1e',
    quiet: '#5b5f66',
    link: '#1c5a9c',
    predicted: '#2a6cb0',
    filtered: '#6a6f78',
    failed: '#b3261e',
    decode: '#2a6cb0',
    resize: '#c07a10',
    predict: '#3d7d54',
  },
  dark: {
    page: '#131517',
    card: '#1c1f22',
    line: '#34383d',
    text: '#e7e8ea',
    quiet: '#a2a7af',
    link: '#86b8f0',
    predicted: '#6ea8e6',
    filtered: '#9ba2ac',
    failed: '#ff8b7b',
    decode: '#6ea8e6',
    resize: '#e0a443',
    predict: '#74b98c',
  },
};

const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');

export const reportStyle = `
:root{color-scheme:light dark;${variables(palettes.light)}}
@media (prefers-color-scheme:dark){:root{${variables(palettes.dark)}}}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main,header,footer,nav ul{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:36px}
h1{font-size:28px;line-height:1.2;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:18px;line-height:1.3;margin:0 0 12px}
h2.next{margin-top:22px}
h3{font-size:15px;margin:0}
p{margin:0 0 8px}
a{color:var(--link)}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.quiet{color:var(--quiet)}
.name,.place{overflow-wrap:anywhere;unicode-bidi:isolate}
.notice{border-left:4px solid var(--failed);padding:8px 12px;background:var(--card);margin:16px 0 0}
.sum{display:flex;flex-wrap:wrap;align-items:baseline;gap:4px 16px;margin:24px 0 10px;padding:0;list-style:none}
.sum li{display:flex;align-items:baseline;gap:8px}
.sum b{font-size:30px;line-height:1.2;font-weight:650;font-variant-numeric:tabular-nums}
.sum .sign{font-size:22px;color:var(--quiet)}
.dot{display:inline-block;width:10px;height:10px;border-radius:50%;background:currentColor;flex:none;align-self:center}
.dot.predicted,.dot.filtered,.dot.failed,.dot.decode,.dot.resize,.dot.predict{margin-right:2px}
.predicted{color:var(--predicted);fill:var(--predicted)}
.filtered{color:var(--filtered);fill:var(--filtered)}
.failed{color:var(--failed);fill:var(--failed)}
.decode{color:var(--decode);fill:var(--decode)}
.resize{color:var(--resize);fill:var(--resize)}
.predict{color:var(--predict);fill:var(--predict)}
.stacked{display:block;width:100%;height:10px;border-radius:5px;background:var(--line)}
.stacked rect{stroke:var(--page);stroke-width:.15}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:14px 24px;margin:22px 0 0}
.facts dt{color:var(--quiet);font-size:13px}
.facts dd{margin:0;overflow-wrap:anywhere}
nav{position:sticky;top:0;background:var(--page);border-bottom:1px solid var(--line);margin-top:24px;z-index:1}
nav ul{display:flex;gap:4px 20px;list-style:none;overflow-x:auto;padding-top:10px;padding-bottom:10px}
nav a{text-decoration:none;white-space:nowrap}
nav a:hover{text-decoration:underline}
main{padding-top:20px;padding-bottom:20px;display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px;align-items:start}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:18px 20px;min-width:0;scroll-margin-top:60px}
section.wide{grid-column:1/-1}
.stack{display:grid;gap:20px;min-width:0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th{font-weight:400;text-align:left}
td,th{padding:3px 0;vertical-align:middle}
thead th{font-size:13px}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;padding-left:12px}
.share{color:var(--quiet);font-weight:400}
.bars tbody th{overflow-wrap:anywhere;padding-right:12px;width:38%}
.bars .barcell{min-width:60px}
.bars .number{width:1%}
.bar{display:block;width:100%;height:12px;fill:var(--predicted)}
.bars a{color:inherit;text-decoration-color:var(--line);text-underline-offset:3px}
.columns{margin:0}
.columns svg{display:block;width:100%;height:170px;fill:var(--predicted);border-bottom:1px solid var(--quiet)}
.columns .most{font-size:13px;margin:0;border-bottom:1px solid var(--line)}
.ticks{display:flex;justify-content:space-between;font-size:13px;margin:2px 0 8px;font-variant-numeric:tabular-nums}
.groups{list-style:none;margin:0;padding:0}
.groups>li{padding:12px 0;border-top:1px solid var(--line)}
.groups>li:first-child{border-top:0;padding-top:0}
.groups>li:last-child{padding-bottom:0}
.groups h3{display:flex;justify-content:space-between;gap:12px}
.groups ul{margin:6px 0 0;padding-left:18px}
.groups .says{display:block}
.times th,.times td{padding:4px 0}
.times td,.times thead th:not(:first-child){text-align:right;padding-left:14px;font-variant-numeric:tabular-nums;white-space:nowrap}
.times{margin:12px 0}
.times th{white-space:nowrap}
form{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:end;margin:0 0 16px}
form label{display:grid;gap:2px;font-size:13px;color:var(--quiet)}
form .words{flex:1 1 200px}
input,select,button{font:inherit;color:var(--text);background:var(--page);border:1px solid var(--quiet);border-radius:6px;padding:6px 10px;min-height:38px}
form .words input{width:100%}
input[type=number]{width:88px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
#shown{margin:0 0 8px auto;align-self:end}
.tiles{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(160px,1fr));gap:22px 16px}
.tile{min-width:0;font-size:14px;line-height:1.4}
.pic{height:160px;display:flex;align-items:center;justify-content:center;background:var(--page);border-radius:6px;overflow:hidden;margin-bottom:6px}
.pic img{display:block;max-width:100%;max-height:160px;width:auto;height:auto}
.pic p{margin:0;padding:10px;text-align:center;font-size:13px;color:var(--quiet);overflow-wrap:anywhere}
.tile .label{display:flex;justify-content:space-between;gap:8px;margin:0;font-weight:600}
.tile .label span:first-child{overflow-wrap:anywhere;min-width:0}
.tile .label .number{padding:0;font-weight:400}
.tile .name{margin:0;font-size:13px}
.tile .name a{color:var(--quiet)}
.tile .why{margin:0;font-size:13px;overflow-wrap:anywhere}
details{font-size:13px}
summary{cursor:pointer;color:var(--quiet);padding:2px 0}
details ol{margin:2px 0 0;padding:0;list-style:none}
details li{display:flex;justify-content:space-between;gap:8px}
details li span:first-child{overflow-wrap:anywhere;min-width:0}
footer{padding-top:4px;padding-bottom:40px;font-size:13px;color:var(--quiet)}
@media (max-width:760px){
main{grid-template-columns:minmax(0,1fr);padding-left:12px;padding-right:12px;gap:14px}
header,footer,nav ul{padding-left:16px;padding-right:16px}
section{padding:16px 14px}
.sum{display:grid;grid-template-columns:auto 1fr;gap:2px 12px}
.sum li{grid-column:2}
.sum .sign{grid-column:1;width:18px;text-align:center}
.sum b{font-size:24px}
.facts{grid-template-columns:repeat(2,minmax(0,1fr))}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:18px 12px}
.times th:nth-child(5),.times td:nth-child(5){display:none}
.times td,.times thead th:not(:first-child){padding-left:8px;font-size:14px}
}
@media print{nav,form{display:none}section{break-inside:avoid}section.wide{break-inside:auto}.tile{break-inside:avoid}}
`;
