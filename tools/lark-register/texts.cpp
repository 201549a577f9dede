// SPDX-License-Identifier: MIT
#include "texts.hpp"

#include "terminal.hpp"

#include <cstdlib>

namespace lark_register {

const texts english_texts{
    .scan = "Scan this code with the Feishu or Lark app:",
    .open_link = "Open this link on a device that is signed in to Feishu or Lark:",
    .too_narrow = "(no QR code: it needs {} columns, this terminal has {}; --qr-file code.svg writes it to a file)",
    .too_long = "(no QR code: the link has {} bytes, more than any code holds)",
    .sandbox_scan = "In a real registration you would scan this code; here, open the link below on this machine:",
    .sandbox_open_link = "Open this link on this machine:",
    .link = "Link:",
    .user_code = "Code:",
    .user_code_at = "The code can also be typed at:",
    .warning =
        "Approve only what you started yourself: if somebody else sent you the code, approving it gives them an app in "
        "your organisation.",
    .sandbox =
        "Sandbox: nothing here reaches Feishu or Lark, and the app will not be a real one. Only this machine can open "
        "the link.",
    .sandbox_decides = "Sandbox: it decides by itself, there is nothing to scan.",
    .written = "The code is in {}",
    .asking = "Asking for a link",
    .waiting = "Waiting for approval",
    .slow_down = "Waiting for approval, asking every {} s from now on",
    .switched = "Waiting for approval, now at Lark",
    .retrying = "Trying again in {} s: {}",
    .time_left = "{} left",
    .done = "Approved: the app is registered.",
    .denied = "The request was denied. Nothing was registered.",
    .expired = "The link expired; no credentials came until then.",
    .cancelled = "Cancelled.",
    .link_still_works =
        "The link works until its time is over. Do not approve it: the App Secret of the new app would be lost. A "
        "registration that was started with --state FILE can be carried on.",
    .maybe_registered =
        "The service had moved the registration to Lark, so the link may have been approved: look for a new app at "
        "{}/app before you run it again.",
    .failed = "Failed ({}): {}",
    .said = "The service says: {}",
    .request_id = "The service's support finds the last request by its id {} at {}.",
    .last_error = "The last error before that: {}",
    .undelivered =
        "Registered, but the credentials could not be written. The App ID is {}; the app and its App Secret are at {}",
    .output_closed = "standard output is closed",
    .hint_save = "--save FILE writes the credentials to a file.",
    .pending = "Not decided yet.",
    .carry_on = "To carry on: lark-register --resume {}",
    .hint_again = "Run it again for a new link.",
    .hint_network = "Check the connection and the name of the host. Behind a proxy: --proxy, or HTTPS_PROXY.",
    .hint_timeout = "Try again, or give it more time with --timeout and --connect-timeout.",
    .hint_certificate =
        "If your network inspects TLS, name its certificate authority with --cacert. Check the clock of this machine "
        "too.",
    .hint_reply =
        "Check --domain: the answer does not look like the accounts service's. A proxy or a login page may be in "
        "between.",
    .hint_auth_method = "This service cannot hand out an App Secret. --no-check-auth-methods tries it all the same.",
    .trace = lark::tools::english_trace_words,
    .saved = "Saved to {}",
    .works = "Checked: {} is {} and answers.",
    .not_enabled = "Registered, but {} is {}.",
    .check_failed = "Registered, but the check failed: {}",
    .scopes_granted = "It has all scopes that were asked for.",
    .scopes_missing = "Scopes that were asked for and are not granted: {}",
    .hint_scopes =
        "Check how they are spelled: the page drops names that it does not know. Some scopes are granted only once the "
        "administrator of your organisation approves them: {}",
    .scopes_unknown = "Whether it has the scopes that were asked for is not known: {}. They are listed at {}",
    .hint_enable = "Enable it in the developer console, by publishing a version: {}",
    .hint_admin = "The administrator of your organisation has to enable it: {}",
    .bot_statuses = {"not enabled yet", "disabled", "enabled", "installed but not enabled",
                     "waiting for a new version to be enabled", "without a valid licence",
                     "out of the organisation's plan"},
    .bot_status_unknown = "in an unknown state",
    .usage = "Usage: {} [OPTION]...",
    .summary =
        "Registers a Feishu or Lark app: shows a link, waits until it is approved, prints App ID and App Secret.",
    .try_help = "Try '{} --help'.",
    .statuses = {"done", "failed", "wrong usage", "denied", "expired",
                 "registered, but --check failed, or the app is not enabled or lacks a scope",
                 "not decided yet: --resume carries on",
                 "cancelled with Ctrl-C; 128 + the signal's number after others"},
    .statuses_heading = "Exit status",
    .examples_heading = "Examples",
    .needs_value = "{} needs a value",
    .given_twice = "{} can be given once only",
    .not_expected = "unknown option or argument: {}",
    .needs = "{} needs {}",
    .needs_either = "{} needs {} or {}",
    .exclude = "{} and {} exclude each other",
    .expected_number = "expected a number",
    .expected_range = "expected a number from {} to {}",
    .expected_port = "expected a port from 0 to 65535",
    .expected_seconds = "expected seconds from {} to {}",
    .expected_whole_seconds = "expected whole seconds",
    .expected_word = "expected one of: {}",
    .expected_side = "expected tenant:NAME or user:NAME",
    .expected_ending = "expected a name that ends in {} or {}",
    .cannot_read = "cannot read {}: {}",
};

const texts chinese_texts{
    .scan = "请用飞书或 Lark 扫描此二维码：",
    .open_link = "请在已登录飞书或 Lark 的设备上打开此链接：",
    .too_narrow = "（未显示二维码：需要 {} 列，当前终端只有 {} 列；可用 --qr-file code.svg 写入文件）",
    .too_long = "（未显示二维码：链接长 {} 字节，超出二维码容量）",
    .sandbox_scan = "真实注册时扫描此码；沙箱中请在本机打开下面的链接：",
    .sandbox_open_link = "请在本机打开此链接：",
    .link = "链接：",
    .user_code = "用户码：",
    .user_code_at = "也可在此输入用户码：",
    .warning = "只批准您自己发起的请求：批准他人发来的码，等于让对方在您的组织内获得一个应用。",
    .sandbox = "沙箱：不会连接飞书或 Lark，注册的应用不是真实应用；链接只能在本机打开。",
    .sandbox_decides = "沙箱：将自动作出决定，无需扫码。",
    .written = "二维码已写入 {}",
    .asking = "正在获取链接",
    .waiting = "等待批准",
    .slow_down = "等待批准，此后每 {} 秒查询一次",
    .switched = "等待批准，已转到 Lark",
    .retrying = "{} 秒后重试：{}",
    .time_left = "剩余 {}",
    .done = "已批准，应用注册成功。",
    .denied = "请求被拒绝，未注册任何应用。",
    .expired = "链接已过期，此前未收到凭据。",
    .cancelled = "已取消。",
    .link_still_works =
        "链接在到期前仍然有效。请勿批准：否则新应用的 App Secret 将无法取得。以 --state FILE 启动的注册可以继续。",
    .maybe_registered = "服务已将注册转到 Lark，链接可能已获批准：重新运行之前，请先到 {}/app 查看是否已有新应用。",
    .failed = "失败（{}）：{}",
    .said = "服务返回：{}",
    .request_id = "服务的支持人员可凭请求编号 {}（{}）查找最后一次请求。",
    .last_error = "此前最后一次故障：{}",
    .undelivered = "应用已注册，但凭据未能写出。App ID 为 {}；应用及其 App Secret 见 {}",
    .output_closed = "标准输出已关闭",
    .hint_save = "可用 --save FILE 把凭据写入文件。",
    .pending = "尚未决定。",
    .carry_on = "继续请运行：lark-register --resume {}",
    .hint_again = "请重新运行以获取新链接。",
    .hint_network = "请检查网络连接和主机名。若需代理，请使用 --proxy 或 HTTPS_PROXY。",
    .hint_timeout = "请重试，或用 --timeout 和 --connect-timeout 延长时限。",
    .hint_certificate = "若所在网络会检查 TLS，请用 --cacert 指定其证书机构；并请检查本机时间。",
    .hint_reply = "请检查 --domain：返回内容不像账号服务的响应，中间可能有代理或登录页面。",
    .hint_auth_method = "该服务无法发放 App Secret。可用 --no-check-auth-methods 跳过此检查再试。",
    .trace = {.next_at_once = "立即继续",
              .next_in = "{} 秒后继续",
              .next_in_for = "{} 秒后继续（{}）",
              .expires_in = "{} 秒后到期",
              .done = "完成",
              .end = "结束",
              .end_for = "结束（{}）"},
    .saved = "已保存到 {}",
    .works = "检查通过：{} {}，可以调用接口。",
    .not_enabled = "应用已注册，但 {} {}。",
    .check_failed = "应用已注册，但检查失败：{}",
    .scopes_granted = "所请求的权限均已授予。",
    .scopes_missing = "已请求但未授予的权限：{}",
    .hint_scopes = "请检查拼写：页面会忽略未知的权限名。部分权限须由您组织的管理员批准后才会授予：{}",
    .scopes_unknown = "无法得知所请求的权限是否已授予：{}。权限列表见 {}",
    .hint_enable = "请在开发者后台发布版本以启用应用：{}",
    .hint_admin = "需由您组织的管理员启用：{}",
    .bot_statuses = {"尚未启用", "已停用", "已启用", "已安装待启用", "等待启用新版本", "许可已过期", "套餐已过期"},
    .bot_status_unknown = "状态未知",
    .usage = "用法：{} [选项]...",
    .summary = "注册飞书或 Lark 应用：显示链接，等待批准，然后输出 App ID 和 App Secret。",
    .try_help = "请查看 '{} --help'。",
    .statuses = {"成功", "失败", "用法错误", "被拒绝", "已过期", "已注册，但 --check 失败，或应用未启用或缺少权限",
                 "尚未决定：可用 --resume 继续", "用 Ctrl-C 取消；其他信号为 128 加信号编号"},
    .statuses_heading = "退出状态",
    .examples_heading = "示例",
    .needs_value = "{} 需要一个值",
    .given_twice = "{} 只能给出一次",
    .not_expected = "未知的选项或参数：{}",
    .needs = "{} 需要与 {} 同用",
    .needs_either = "{} 需要与 {} 或 {} 同用",
    .exclude = "{} 与 {} 不能同用",
    .expected_number = "应为数字",
    .expected_range = "应为 {} 到 {} 的数字",
    .expected_port = "应为 0 到 65535 的端口",
    .expected_seconds = "应为 {} 到 {} 的秒数",
    .expected_whole_seconds = "应为整数秒",
    .expected_word = "应为以下之一：{}",
    .expected_side = "应为 tenant:NAME 或 user:NAME",
    .expected_ending = "文件名应以 {} 或 {} 结尾",
    .cannot_read = "无法读取 {}：{}",
};

const texts& choose_texts(language lang) {
    switch (lang) {
    case language::english: return english_texts;
    case language::chinese: return chinese_texts;
    case language::automatic: break;
    }
    // POSIX: LC_ALL takes precedence over the category, the category over LANG; an empty one counts as unset.
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (!value || !*value) continue;
        return std::string_view{value}.starts_with("zh") && find_terminal().utf8 ? chinese_texts : english_texts;
    }
    return english_texts;
}

}  // namespace lark_register
