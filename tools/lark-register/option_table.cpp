// SPDX-License-Identifier: MIT
#include "option_table.hpp"

#include "credentials_file.hpp"
#include "usage_error.hpp"
#include "values.hpp"

#include <lark/registration/addons.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace lark_register {

namespace {

using lark::registration::brand;
using lark::registration::first_poll;
using lark::registration::link_style;

template <class Value>
struct word {
    std::string_view text;
    Value value;
};

/// Hyphens and underscores are the same here: the library writes `cli_page`, shells are used to `cli-page`.
bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return (x == '_' ? '-' : x) == (y == '_' ? '-' : y); });
}

/// The value that the word stands for.
template <class Value, std::size_t Count>
Value one_of(std::string_view text, const word<Value> (&words)[Count]) {
    std::string names;
    for (const auto& w : words) {
        if (same_word(w.text, text)) return w.value;
        if (!names.empty()) names += ", ";
        names += w.text;
    }
    throw usage_error(&texts::expected_word, {names});
}

lark::registration::app_preset& preset(arguments& s) {
    if (!s.registration.app_preset) s.registration.app_preset.emplace();
    return *s.registration.app_preset;
}

lark::registration::addons& addons(arguments& s) {
    if (!s.registration.addons) s.registration.addons.emplace();
    return *s.registration.addons;
}

/// Adds `tenant:NAME` or `user:NAME`.
void add_to_group(lark::registration::addon_groups& groups, std::string_view value) {
    if (!lark::tools::add_to_side(groups, value)) throw usage_error(&texts::expected_side, {});
}

void read_addons(arguments& s, std::string_view path) {
    // Keeps what other options have said before; lists grow, `preset` is replaced.
    auto read = lark::registration::addons_from_json(read_file(path));
    auto& all = addons(s);
    const auto append = [](lark::string_list& to, const lark::string_list& from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    append(all.scopes.tenant, read.scopes.tenant);
    append(all.scopes.user, read.scopes.user);
    append(all.events.items.tenant, read.events.items.tenant);
    append(all.events.items.user, read.events.items.user);
    append(all.callbacks.items, read.callbacks.items);
    if (read.preset) all.preset = read.preset;
}

// The sandbox's ranges are those of lark-sandbox.
constexpr double longest_decision = 7.0 * 24 * 3600;

using group = option_group;

// A table, a row each.
// clang-format off
constexpr auto rows = std::to_array<option_row>({
    {"--source", "NAME", group::registration,
     {"who registers: the link carries source=cpp-sdk/NAME", "注册来源：链接中带有 source=cpp-sdk/NAME"},
     [](arguments& s, std::string_view v) { s.registration.source = v; }},
    {"--domain", "URL", group::registration,
     {"accounts service of Feishu (https://accounts.feishu.cn)", "飞书账号服务（https://accounts.feishu.cn）"},
     [](arguments& s, std::string_view v) { s.registration.domain = v; }},
    {"--lark-domain", "URL", group::registration,
     {"accounts service of Lark (https://accounts.larksuite.com)", "Lark 账号服务（https://accounts.larksuite.com）"},
     [](arguments& s, std::string_view v) { s.registration.lark_domain = v; }},
    {"--no-check-auth-methods", "", group::registration,
     {"do not ask first whether the service supports client_secret", "不事先检查服务是否支持 client_secret"},
     [](arguments& s, std::string_view) { s.registration.check_auth_methods = false; }},
    {"--allow-plain-http", "", group::registration,
     {"accept http:// for hosts other than loopback; secrets then cross the network in the open",
      "允许对非本机地址使用 http://；密钥将以明文传输"},
     [](arguments& s, std::string_view) { s.registration.allow_plain_http = true; }},
    {"--start-budget", "SECONDS", group::registration,
     {"time for getting the link, retries included (30)", "获取链接的总时限，含重试（30）"},
     [](arguments& s, std::string_view v) { s.registration.start_budget = to_milliseconds(v); }},
    {"--give-up-after", "SECONDS", group::registration,
     {"end with status 1 after so long, whatever the link's lifetime (the link's lifetime)", "到此时限即以状态 1 结束，不论链接是否仍有效（链接的有效期）"},
     [](arguments& s, std::string_view v) { s.registration.give_up_after = to_milliseconds(v); }},
    {"--expiry-grace", "SECONDS", group::registration,
     {"how long a poll in flight at expiry may still answer (3)", "过期时仍在途的轮询可再等待的时间（3）"},
     [](arguments& s, std::string_view v) { s.registration.expiry_grace = to_milliseconds(v); }},
    {"--interval-margin", "FACTOR", group::registration,
     {"multiplies the interval between polls, 1 to 10 (1)", "轮询间隔的倍数，1 到 10（1）"},
     [](arguments& s, std::string_view v) { s.registration.interval_margin = to_number(v); }},
    {"--first-poll", "WHEN", group::registration,
     {"first poll at-once or after-interval (at-once)", "首次轮询：at-once 立即，after-interval 等待一个间隔（at-once）"},
     [](arguments& s, std::string_view v) {
         s.registration.first_poll =
             one_of<first_poll>(v, {{"at-once", first_poll::at_once}, {"after-interval", first_poll::after_interval}});
     },
     completion::words, "at-once after-interval"},

    {"--name", "TEXT", group::app, {"name proposed for the app; {user} is filled in by the page", "建议的应用名称；{user} 由页面填入"},
     [](arguments& s, std::string_view v) { preset(s).name = v; }},
    {"--desc", "TEXT", group::app, {"description proposed for the app", "建议的应用描述"},
     [](arguments& s, std::string_view v) { preset(s).desc = v; }},
    {"--avatar", "URL", group::app, {"picture proposed for the app; up to six times", "建议的应用头像；最多六个"},
     [](arguments& s, std::string_view v) {
         preset(s).avatar.push_back(std::string(v));
     },
     completion::nothing, {}, true},
    {"--scope", "SIDE:NAME", group::app, {"scope for the app, tenant:NAME or user:NAME; repeatable", "应用权限，tenant:NAME 或 user:NAME；可重复"},
     [](arguments& s, std::string_view v) { add_to_group(addons(s).scopes, v); }, completion::nothing, {}, true},
    {"--event", "SIDE:NAME", group::app, {"event for the app, tenant:NAME or user:NAME; repeatable", "应用事件，tenant:NAME 或 user:NAME；可重复"},
     [](arguments& s, std::string_view v) { add_to_group(addons(s).events.items, v); }, completion::nothing, {}, true},
    {"--callback", "NAME", group::app, {"callback for the app; repeatable", "应用回调；可重复"},
     [](arguments& s, std::string_view v) { addons(s).callbacks.items.push_back(std::string(v)); }, completion::nothing, {}, true},
    {"--addons", "FILE", group::app, {"scopes, events and callbacks from a JSON manifest; - is standard input", "从 JSON 清单读取权限、事件和回调；- 表示标准输入"},
     read_addons, completion::files},
    {"--no-preset", "", group::app, {"start from the minimal base instead of the page's usual set", "从最小集合开始，而非页面的默认集合"},
     [](arguments& s, std::string_view) { addons(s).preset = false; }},
    {"--create-only", "", group::app, {"offer to create a new app only", "只允许创建新应用"},
     [](arguments& s, std::string_view) { s.registration.create_only = true; }},
    {"--app-id", "ID", group::app, {"update this existing app", "更新这个已有应用"},
     [](arguments& s, std::string_view v) { s.registration.app_id = v; }},
    {"--link-style", "STYLE", group::app, {"the service's own link, launcher, or that of the open host, cli-page (launcher)", "链接样式：launcher 服务自带，cli-page 开放平台页面（launcher）"},
     [](arguments& s, std::string_view v) {
         s.registration.link_style = one_of<link_style>(v, {{"launcher", link_style::launcher}, {"cli-page", link_style::cli_page}});
     },
     completion::words, "launcher cli-page"},
    {"--link-brand", "BRAND", group::app, {"put the link on this brand's open host: feishu or lark (the service's own)", "链接所在的开放平台：feishu 或 lark（服务自带）"},
     [](arguments& s, std::string_view v) {
         s.registration.link_brand = one_of<brand>(v, {{"feishu", brand::feishu}, {"lark", brand::lark}});
     },
     completion::words, "feishu lark"},
    {"--dry-run", "", group::app, {"print the link for --verification-uri and stop; no request is made", "只打印 --verification-uri 对应的链接，不发任何请求"},
     [](arguments& s, std::string_view) { s.instead = other_task::link_preview; }},
    {"--verification-uri", "URL", group::app, {"with --dry-run: what the service would answer", "配合 --dry-run：服务返回的链接"},
     [](arguments& s, std::string_view v) { s.verification_uri = v; }},
    {"--user-code", "CODE", group::app, {"with --dry-run: what the service would answer", "配合 --dry-run：服务返回的用户码"},
     [](arguments& s, std::string_view v) { s.user_code = v; }},

    {"--check", "", group::result,
     {"then fetch a token and the bot's info with the new credentials, and tell whether the app is enabled and has the scopes that were asked for",
      "注册后用新凭据获取令牌和机器人信息，检查应用是否启用、所请求的权限是否到位"},
     [](arguments& s, std::string_view) { s.check = true; }},
    {"--open-domain", "URL", group::result,
     {"API host, for --check and --save (https://open.feishu.cn, or https://open.larksuite.com for a user of Lark)",
      "接口主机，用于 --check 和 --save（https://open.feishu.cn；Lark 用户为 https://open.larksuite.com）"},
     [](arguments& s, std::string_view v) { s.open_domain = v; }},
    {"--save", "FILE", group::result,
     {"also write the credentials to a file, .env or .json; a new one is readable by you alone", "同时把凭据写入文件，.env 或 .json；新文件仅本人可读"},
     [](arguments& s, std::string_view v) {
         if (!is_credentials_name(v)) throw usage_error(&texts::expected_ending, {".env", ".json"});
         s.save_file = v;
     },
     completion::files},
    {"--force", "", group::result, {"let --save replace a file that exists; it keeps its owner and mode", "允许 --save 覆盖已有文件，其属主和权限不变"},
     [](arguments& s, std::string_view) { s.force = true; }},

    {"--state", "FILE", group::carrying_on,
     {"keep what --resume needs in a file, readable by you alone, until the credentials are there",
      "把 --resume 所需的内容保存到文件，仅本人可读，直到得到凭据"},
     [](arguments& s, std::string_view v) { s.state_file = v; }, completion::files},
    {"--no-wait", "", group::carrying_on, {"with --state: end once the link is there", "配合 --state：得到链接后即结束"},
     [](arguments& s, std::string_view) { s.no_wait = true; }},
    {"--resume", "FILE", group::carrying_on,
     {"carry on the registration in this file, with the same --domain and --lark-domain",
      "继续该文件中的注册；--domain 和 --lark-domain 须与开始时相同"},
     [](arguments& s, std::string_view v) { s.resume_file = v; }, completion::files},
    {"--once", "", group::carrying_on, {"with --resume: ask at most once, and only if it is time to", "配合 --resume：最多查询一次，且仅在到时之后"},
     [](arguments& s, std::string_view) { s.once = true; }},

    {"--timeout", "SECONDS", group::network, {"for each request (15)", "每个请求的时限（15）"},
     [](arguments& s, std::string_view v) { s.registration.request_timeout = to_milliseconds(v); }},
    {"--connect-timeout", "SECONDS", group::network, {"of that, for connecting (5)", "其中用于建立连接的时限（5）"},
     [](arguments& s, std::string_view v) { s.http.connect_timeout = to_milliseconds(v); }},
    {"--cacert", "FILE", group::network, {"PEM file with the certificates to trust, instead of the system's", "受信任证书的 PEM 文件，代替系统证书"},
     [](arguments& s, std::string_view v) { s.http.ca_file = v; }, completion::files},
    {"--capath", "FOLDER", group::network, {"hashed folder with the certificates to trust, instead of the system's", "受信任证书的目录，代替系统证书"},
     [](arguments& s, std::string_view v) { s.http.ca_dir = v; }, completion::folders},
    {"--proxy", "URL", group::network,
     {"go through this HTTP proxy, http://[user:password@]host[:port]; empty: none (HTTPS_PROXY)",
      "使用此 HTTP 代理，http://[用户:密码@]主机[:端口]；为空则不用（HTTPS_PROXY）"},
     [](arguments& s, std::string_view v) { s.http.proxy = v; }},
    {"--no-proxy", "HOSTS", group::network, {"hosts to reach past the proxy, separated by commas (NO_PROXY)", "不经代理的主机，以逗号分隔（NO_PROXY）"},
     [](arguments& s, std::string_view v) { s.http.no_proxy = v; }},

    {"--json", "", group::display, {"one JSON object a line on standard output", "在标准输出上逐行输出 JSON 对象"},
     [](arguments& s, std::string_view) { s.json = true; }},
    {"--verbose,-v", "", group::display, {"show each exchange with the service in a line on standard error", "在标准错误上逐行说明与服务的每次交互"},
     [](arguments& s, std::string_view) { s.verbose = true; }},
    {"--trace", "FILE", group::display,
     {"write each exchange to a file as a line of JSON, without any secret: attach it to a report of a problem; readable by you alone",
      "把每次交互以一行 JSON 写入文件，不含任何秘密，可随问题报告附上；仅本人可读"},
     [](arguments& s, std::string_view v) { s.trace_file = v; }, completion::files},
    {"--qr", "STYLE", group::display,
     {"how to draw the code: auto, blocks, ascii, or none (auto)", "二维码样式：auto、blocks、ascii 或 none（auto）"},
     [](arguments& s, std::string_view v) {
         s.qr = one_of<qr_style>(v, {{"auto", qr_style::automatic}, {"blocks", qr_style::blocks},
                                     {"ascii", qr_style::ascii}, {"none", qr_style::none}});
     },
     completion::words, "auto blocks ascii none"},
    {"--qr-inverted", "", group::display, {"swap dark and light, for a light terminal without colours", "反转明暗，用于无颜色的浅色终端"},
     [](arguments& s, std::string_view) { s.qr_inverted = true; }},
    {"--qr-file", "FILE", group::display, {"write the code to a file too, .svg or .png", "同时把二维码写入文件，.svg 或 .png"},
     [](arguments& s, std::string_view v) {
         if (!v.ends_with(".svg") && !v.ends_with(".png")) throw usage_error(&texts::expected_ending, {".svg", ".png"});
         s.qr_file = v;
     },
     completion::files},
    {"--open", "", group::display, {"open the link in the browser", "在浏览器中打开链接"},
     [](arguments& s, std::string_view) { s.open_browser = true; }},
    {"--lang", "LANG", group::display, {"en or zh (as the locale says)", "界面语言：en 或 zh（默认随系统）"},
     [](arguments& s, std::string_view v) {
         s.lang = one_of<language>(v, {{"en", language::english}, {"zh", language::chinese}});
     },
     completion::words, "en zh"},

    {"--sandbox", "", group::sandbox,
     {"register against a model of the service, started inside this program on loopback", "使用本程序内置、仅限本机的模拟服务"},
     [](arguments& s, std::string_view) { s.use_sandbox = true; }},
    {"--approve-after", "SECONDS", group::sandbox, {"approve by itself, that long after the link is there", "链接生成若干秒后自动批准"},
     [](arguments& s, std::string_view v) { s.sandbox.service.approve_after = to_milliseconds(v, longest_decision); }},
    {"--deny-after", "SECONDS", group::sandbox, {"deny by itself", "链接生成若干秒后自动拒绝"},
     [](arguments& s, std::string_view v) { s.sandbox.service.deny_after = to_milliseconds(v, longest_decision); }},
    {"--tenant-brand", "BRAND", group::sandbox, {"where the user turns out to be: feishu or lark (feishu)", "用户所在平台：feishu 或 lark（feishu）"},
     [](arguments& s, std::string_view v) {
         s.sandbox.service.tenant_brand = one_of<std::string_view>(v, {{"feishu", "feishu"}, {"lark", "lark"}});
     },
     completion::words, "feishu lark"},
    {"--sandbox-tls", "", group::sandbox, {"serve HTTPS, with a certificate made for the occasion", "使用 HTTPS 和临时证书"},
     [](arguments& s, std::string_view) { s.sandbox.tls = true; }},
    {"--sandbox-port", "PORT", group::sandbox, {"port of the Feishu host (any that is free)", "飞书主机的端口（默认任选空闲端口）"},
     [](arguments& s, std::string_view v) { s.sandbox.port = to_port(v); }},
    {"--sandbox-interval", "SECONDS", group::sandbox, {"interval between polls, 1 to 300 (5)", "轮询间隔，1 到 300（5）"},
     [](arguments& s, std::string_view v) { s.sandbox.service.interval = to_whole_seconds(v, 1, 300); }},
    {"--sandbox-lifetime", "SECONDS", group::sandbox, {"lifetime of the link, 1 to 86400 (600)", "链接有效期，1 到 86400（600）"},
     [](arguments& s, std::string_view v) { s.sandbox.service.lifetime = to_whole_seconds(v, 1, 86400); }},

    {"--sandbox-bot-status", "NUMBER", group::sandbox,
     {"what --check is to find, 0 to 6: 0 not enabled yet, 1 disabled, 2 enabled... (2)", "--check 得到的状态，0 到 6：0 未启用，1 已停用，2 已启用……（2）"},
     [](arguments& s, std::string_view v) {
         if (v.size() != 1 || v[0] < '0' || v[0] > '6') throw usage_error(&texts::expected_range, {"0", "6"});
         s.sandbox.service.activate_status = v[0] - '0';
     },
     completion::words, "0 1 2 3 4 5 6"},
    {"--sandbox-scope", "SIDE:NAME", group::sandbox,
     {"a scope that the app gets, instead of all that are asked for; repeat for more", "应用获得的权限，代替所请求的全部权限；可重复"},
     [](arguments& s, std::string_view v) {
         if (!s.sandbox_scopes) s.sandbox_scopes.emplace();
         add_to_group(*s.sandbox_scopes, v);
     },
     completion::nothing, "", true},

    {"--completion", "SHELL", group::general, {"print the completion script for bash or zsh", "打印 bash 或 zsh 的补全脚本"},
     [](arguments& s, std::string_view v) {
         s.instead = one_of<other_task>(v, {{"bash", other_task::bash_completion}, {"zsh", other_task::zsh_completion}});
     },
     completion::words, "bash zsh"},
    {"--manual", "", group::general, {"print the manual page, for man -l -", "打印手册页，可用 man -l - 阅读"},
     [](arguments& s, std::string_view) { s.instead = other_task::manual; }},
    {"--version", "", group::general, {"print the version", "打印版本"},
     [](arguments& s, std::string_view) { s.instead = other_task::version; }},
    {"--help,-h", "", group::general, {"print this text", "打印本帮助"},
     [](arguments& s, std::string_view) { s.instead = other_task::help; }},
});
// clang-format on

}  // namespace

bilingual heading(option_group group) noexcept {
    switch (group) {
    case option_group::registration: return {"Registration", "注册"};
    case option_group::app: return {"The app and its link", "应用与链接"};
    case option_group::result: return {"The result", "结果"};
    case option_group::carrying_on: return {"Carrying on", "继续"};
    case option_group::network: return {"Network", "网络"};
    case option_group::display: return {"Display", "显示"};
    case option_group::sandbox: return {"Sandbox", "沙箱"};
    case option_group::general: return {"General", "其他"};
    }
    return {};
}

std::span<const option_row> option_table() noexcept { return rows; }

}  // namespace lark_register
