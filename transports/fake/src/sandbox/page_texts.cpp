// SPDX-License-Identifier: MIT
#include "page_texts.hpp"

#include <Poco/Net/MessageHeader.h>
#include <Poco/Net/NameValueCollection.h>
#include <Poco/NumberParser.h>
#include <Poco/String.h>

#include <algorithm>
#include <vector>

namespace lark::fake {

namespace {

constexpr page_texts english{
    .lang = "en",
    .other_lang = "zh",
    .other_name = "中文",
    .banner = "Sandbox: nothing here reaches Feishu or Lark",
    .register_title = "Register an app",
    .update_title = "Update an app",
    .asks_new = "{source} asks to create an app for you.",
    .asks_update = "{source} asks to update an app of yours.",
    .some_program = "A program",
    .code = "Code",
    .time_left = "Time left",
    .time_template = "{m} min {s} s",
    .time_over = "over",
    .app = "The app",
    .name = "Name",
    .desc = "Description",
    .avatars = "Avatars",
    .client_id = "App ID",
    .by_user = "Sandbox User",
    .asked_for = "What it asks for",
    .tenant_scopes = "Scopes of the app",
    .user_scopes = "Scopes on behalf of users",
    .tenant_events = "Events of the app",
    .user_events = "Events on behalf of users",
    .callbacks = "Callbacks",
    .preset = "The usual permissions of a new app, and these:",
    .no_preset = "None of the usual permissions (preset is off), only these:",
    .create_only = "A new app only; an existing one cannot be chosen.",
    .not_given = "not given",
    .dropped_title = "Left out",
    .dropped_note =
        "The real page leaves these out without a word. It also leaves out names that the service does not know, "
        "which this sandbox cannot tell.",
    .warning = "Approve only what you have started yourself. If somebody else sent you this link or code, deny.",
    .approve = "Approve",
    .deny = "Deny",
    .approved_title = "Approved",
    .approved_next =
        "Go back to the program: its next poll brings it App ID and App Secret. This page tells when it has.",
    .used_title = "Done",
    .used_next = "The program has fetched App ID and App Secret. You can close this page.",
    .denied_title = "Denied",
    .denied_next =
        "The program learns of it with its next poll. You can close this page; to try again, start it again.",
    .expired_title = "Expired",
    .expired_next = "This code is no longer good. Start the program again for a new one.",
    .unknown_app_title = "Unknown app",
    .unknown_app_text = "The link asks to update an app that this sandbox has not made. You can only deny.",
    .no_code_title = "No such code",
    .no_code_text = "The link names no code of this sandbox. Perhaps it has been restarted since.",
    .bad_form_title = "Not from this page",
    .bad_form_text = "What was sent does not come from this page. Open the link again.",
    .not_here_title = "Not like this",
    .not_here_text = "This page is for reading, and for its own forms.",
    .dashboard = "Dashboard",
    .dashboard_title = "Registrations in this sandbox",
    .dashboard_note = "The latest 50, newest first. The page renews itself while no row is open.",
    .nothing_yet = "None yet. Point a program at {url} and start it.",
    .registrations = "Registrations",
    .requests = "Requests",
    .state = "State",
    .interval = "Interval",
    .polls = "Polls",
    .brand = "Tenant",
    .host = "Host",
    .seconds = "{s} s",
    .pause = "Stop renewing",
    .resume = "Renew by itself",
    .total = "Total",
    .state_names = {"pending", "approved", "denied", "expired", "done"},
    .drop_reasons = {"more than 6 avatars", "not an http or https address", "not the form of such a name",
                     "cannot be read as base64url, gzip and JSON; all addons are dropped",
                     "more than 64 KiB when inflated; all addons are dropped", "no such key; all addons are dropped",
                     "not the right kind of value; all addons are dropped",
                     "asks for nothing although preset is not false; all addons are dropped",
                     "ignored since createOnly is set"},
};

constexpr page_texts chinese{
    .lang = "zh-CN",
    .other_lang = "en",
    .other_name = "English",
    .banner = "沙箱：这里的一切都不会到达飞书或 Lark",
    .register_title = "注册应用",
    .update_title = "更新应用",
    .asks_new = "{source} 请求为你创建一个应用。",
    .asks_update = "{source} 请求更新你的一个应用。",
    .some_program = "某个程序",
    .code = "用户码",
    .time_left = "剩余时间",
    .time_template = "{m} 分 {s} 秒",
    .time_over = "已结束",
    .app = "应用",
    .name = "名称",
    .desc = "描述",
    .avatars = "头像",
    .client_id = "App ID",
    .by_user = "沙箱用户",
    .asked_for = "申请内容",
    .tenant_scopes = "应用身份权限",
    .user_scopes = "用户身份权限",
    .tenant_events = "应用身份事件",
    .user_events = "用户身份事件",
    .callbacks = "回调",
    .preset = "新应用的默认权限，以及：",
    .no_preset = "不含默认权限（preset 已关闭），仅限：",
    .create_only = "只能新建应用，不能选择已有应用。",
    .not_given = "未提供",
    .dropped_title = "已忽略",
    .dropped_note = "真实页面会不加提示地忽略这些内容，也会忽略服务端不认识的名称；后者沙箱无从判断。",
    .warning = "只批准你自己发起的请求。如果链接或用户码是别人发给你的，请拒绝。",
    .approve = "批准",
    .deny = "拒绝",
    .approved_title = "已批准",
    .approved_next = "请回到程序：它下次轮询时会取得 App ID 和 App Secret。取得后本页会提示。",
    .used_title = "完成",
    .used_next = "程序已取得 App ID 和 App Secret。可以关闭本页。",
    .denied_title = "已拒绝",
    .denied_next = "程序下次轮询时会得知。可以关闭本页；如需重试，请重新启动程序。",
    .expired_title = "已过期",
    .expired_next = "此用户码已失效。请重新启动程序以获取新的用户码。",
    .unknown_app_title = "未知应用",
    .unknown_app_text = "链接请求更新的应用不是由此沙箱创建的。你只能拒绝。",
    .no_code_title = "没有这个用户码",
    .no_code_text = "链接中的用户码不属于此沙箱。也许沙箱已经重新启动过。",
    .bad_form_title = "并非来自本页",
    .bad_form_text = "收到的内容不是由本页提交的。请重新打开链接。",
    .not_here_title = "不支持的请求",
    .not_here_text = "本页只供阅读和提交自身的表单。",
    .dashboard = "总览",
    .dashboard_title = "此沙箱中的注册",
    .dashboard_note = "最近 50 条，新的在前。没有展开的行时，本页会自动刷新。",
    .nothing_yet = "还没有。请将程序指向 {url} 并启动。",
    .registrations = "注册",
    .requests = "请求",
    .state = "状态",
    .interval = "间隔",
    .polls = "轮询",
    .brand = "租户",
    .host = "主机",
    .seconds = "{s} 秒",
    .pause = "停止刷新",
    .resume = "自动刷新",
    .total = "合计",
    .state_names = {"等待中", "已批准", "已拒绝", "已过期", "完成"},
    .drop_reasons = {"头像超过 6 个", "不是 http 或 https 地址", "不符合此类名称的格式",
                     "无法按 base64url、gzip、JSON 读取；全部 addons 被忽略", "解压后超过 64 KiB；全部 addons 被忽略",
                     "没有这个键；全部 addons 被忽略", "值的类型不对；全部 addons 被忽略",
                     "没有申请任何内容，而 preset 不是 false；全部 addons 被忽略", "已设置 createOnly，因此忽略"},
};

/// The weight of a language; 1 without one, 0 if it is not a number.
double weight_in(const Poco::Net::NameValueCollection& parameters) {
    double weight = 0.0;
    return Poco::NumberParser::tryParseFloat(parameters.get("q", "1"), weight) ? weight : 0.0;
}

}  // namespace

const page_texts& texts_for(std::string_view lang, const http_request& request) {
    if (lang.starts_with("zh")) return chinese;
    if (lang.starts_with("en")) return english;
    const auto accepted = find_header(request.headers, "Accept-Language");
    if (!accepted) return english;
    double best_english = 0.0;
    double best_chinese = 0.0;
    std::vector<std::string> entries;
    Poco::Net::MessageHeader::splitElements(Poco::toLower(std::string(*accepted)), entries);
    for (const auto& entry : entries) {  // such as `zh-CN;q=0.8`
        std::string language;
        Poco::Net::NameValueCollection parameters;
        Poco::Net::MessageHeader::splitParameters(entry, language, parameters);
        if (language.starts_with("zh")) best_chinese = std::max(best_chinese, weight_in(parameters));
        if (language.starts_with("en")) best_english = std::max(best_english, weight_in(parameters));
    }
    return best_chinese > best_english ? chinese : english;
}

std::string fill(std::string_view text, std::string_view place, std::string_view value) {
    const auto at = text.find(place);
    if (at == std::string_view::npos) return std::string(text);
    return std::string(text.substr(0, at)) + std::string(value) + std::string(text.substr(at + place.size()));
}

std::string_view name_of(const page_texts& texts, code_state state) noexcept {
    return texts.state_names[static_cast<std::size_t>(state)];
}

std::string_view why(const page_texts& texts, dropped_item::reason reason) noexcept {
    return texts.drop_reasons[static_cast<std::size_t>(reason)];
}

}  // namespace lark::fake
