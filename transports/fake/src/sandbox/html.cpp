#include "html.hpp"

#include "random_hex.hpp"

#include <lark/text.hpp>

namespace lark::fake {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ground: #f4f5f7; --card: #fff; --text: #1f2329; --soft: #5b6270; --line: #d9dce2;
  --accent: #1a5fd8; --on-accent: #fff; --warn: #fdf3dc; --warn-line: #d69e2e; --good: #14733c; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ground: #14161a; --card: #1e2126; --text: #e9ebef; --soft: #a6adb9;
  --line: #3a3f48; --accent: #8ab4ff; --on-accent: #0b1526; --warn: #3a2f15; --warn-line: #d69e2e; --good: #6fd39a;
  --bad: #ff9a8f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, "Noto Sans CJK SC",
  "PingFang SC", "Microsoft YaHei", sans-serif; overflow-wrap: anywhere; }
.banner { background: var(--warn); border-bottom: 1px solid var(--warn-line); padding: .5rem 1rem; text-align: center;
  font-size: .9rem; }
main { max-width: 40rem; margin: 1.5rem auto; padding: 1.5rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; }
main.wide { max-width: 72rem; }
@media (max-width: 30rem) { main { margin: 0; border: 0; border-radius: 0; padding: 1rem; } }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
.key { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; padding: 1rem; margin: 1rem 0; border: 1px solid var(--line);
  border-radius: 8px; }
.key div { min-width: 8rem; } .key .label { color: var(--soft); font-size: .85rem; }
.key .value { font-size: 1.4rem; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: .02em; }
dl { margin: 0; } dt { color: var(--soft); font-size: .85rem; margin-top: .6rem; } dd { margin: 0; }
ul { margin: .25rem 0 0; padding-left: 1.2rem; } code { font-family: ui-monospace, monospace; font-size: .92em; }
.soft { color: var(--soft); }
.warning { background: var(--warn); border-left: 4px solid var(--warn-line); padding: .75rem 1rem; margin: 1.5rem 0 1rem;
  border-radius: 4px; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; } .actions form { flex: 1 1 9rem; }
button { width: 100%; font: inherit; font-weight: 600; padding: .7rem 1rem; border-radius: 8px; cursor: pointer;
  border: 1px solid var(--accent); background: var(--card); color: var(--accent); }
button.main { background: var(--accent); color: var(--on-accent); }
a { color: var(--accent); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.status { border: 1px solid var(--line); border-left: 4px solid var(--soft); border-radius: 4px; padding: .75rem 1rem;
  margin: 1.5rem 0 0; } .status h2 { margin: 0; } .status p { margin: .25rem 0 0; }
.status.good { border-left-color: var(--good); } .status.bad { border-left-color: var(--bad); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; } td { font-variant-numeric: tabular-nums; } th { font-weight: 600; font-size: .85rem; }
footer { max-width: 40rem; margin: 0 auto 2rem; padding: 0 1.5rem; font-size: .9rem; display: flex; flex-wrap: wrap;
  gap: .5rem 1.5rem; }
main.wide + footer { max-width: 72rem; } @media (max-width: 30rem) { footer { padding: 1rem; margin: 0; } }
)";

constexpr std::string_view countdown_code = R"(
(() => {
  const at = document.querySelector('[data-left]');
  if (!at) return;
  const end = performance.now() + Number(at.dataset.left) * 1000;
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    at.textContent = left ? at.dataset.template.replace('{m}', Math.floor(left / 60)).replace('{s}', left % 60)
                          : at.dataset.over;
    if (left) setTimeout(tick, 250); else setTimeout(() => location.reload(), 1000);
  };
  tick();
})();
)";

}  // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

http_response html_reply(int status, const page_texts& texts, const html_page& page) {
    const auto nonce = random_hex(16);
    const auto title = escape_html(page.title);
    std::string body = "<!doctype html>\n<html lang=\"" + std::string(texts.lang) +
                       "\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<link rel=\"icon\" href=\"data:,\">\n<title>" +
                       title + "</title>\n<style nonce=\"" + nonce + "\">" + std::string(style) +
                       "</style>\n</head>\n<body>\n<div class=\"banner\" role=\"note\">" + escape_html(texts.banner) +
                       "</div>\n<main" + (page.wide ? " class=\"wide\"" : "") + ">\n<h1>" + title + "</h1>\n" +
                       page.content + "</main>\n";
    if (!page.footer.empty()) body += "<footer>" + page.footer + "</footer>\n";
    if (!page.script.empty()) body += "<script nonce=\"" + nonce + "\">" + page.script + "</script>\n";
    body += "</body>\n</html>\n";
    return {status,
            {{"Content-Type", "text/html; charset=utf-8"},
             {"Content-Security-Policy",
              "default-src 'none'; style-src 'nonce-" + nonce + "'; script-src 'nonce-" + nonce +
                  "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
             {"Content-Language", std::string(texts.lang)},
             {"Vary", "Accept-Language"},
             {"X-Content-Type-Options", "nosniff"},
             {"X-Frame-Options", "DENY"},
             {"Referrer-Policy", "same-origin"},
             {"Cache-Control", "no-store"}},
            body};
}

http_response html_message(int status, const page_texts& texts, std::string_view title, std::string_view text) {
    return html_reply(status, texts, {.title = title, .content = element("p", text)});
}

std::string element(std::string_view tag, std::string_view text, std::string_view css_class) {
    const std::string name(tag);
    const auto attribute = css_class.empty() ? "" : " class=\"" + escape_html(css_class) + "\"";
    return "<" + name + attribute + ">" + escape_html(text) + "</" + name + ">\n";
}

std::string described(std::string_view name, std::string_view value) {
    return element("dt", name) + element("dd", value);
}

std::string described_list(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return {};
    std::string items;
    for (const auto& value : values) items += "<li><code>" + escape_html(value) + "</code></li>\n";
    return element("dt", name) + "<dd><ul>\n" + items + "</ul></dd>\n";
}

std::string countdown(const page_texts& texts, std::chrono::seconds left) {
    const auto minutes = std::to_string(left.count() / 60);
    const auto seconds = std::to_string(left.count() % 60);
    return "<span role=\"timer\" data-left=\"" + std::to_string(left.count()) + "\" data-template=\"" +
           escape_html(texts.time_template) + "\" data-over=\"" + escape_html(texts.time_over) + "\">" +
           escape_html(fill(fill(texts.time_template, "{m}", minutes), "{s}", seconds)) + "</span>";
}

std::string_view countdown_script() noexcept { return countdown_code; }

}  // namespace lark::fake
