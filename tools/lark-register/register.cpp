#include "register.hpp"

#include "browser.hpp"
#include "credentials_file.hpp"
#include "follow_up.hpp"
#include "json_view.hpp"
#include "library_words.hpp"
#include "output.hpp"
#include "qr_file.hpp"
#include "signals.hpp"
#include "text_view.hpp"

#include <lark/fake/sandbox.hpp>
#include <lark/injected/register_app.hpp>
#include <lark/poco/http_client.hpp>
#include <lark/text.hpp>

#include <unistd.h>

#include <exception>
#include <memory>
#include <optional>
#include <system_error>

namespace lark_register {

namespace {

using lark::registration::failure_kind;

std::unique_ptr<view> make_view(const settings& s, const texts& words) {
    if (s.json) return std::make_unique<json_view>();
    return std::make_unique<text_view>(s, words);
}

std::unique_ptr<lark::fake::sandbox> start_sandbox(settings& s) {
    if (!s.use_sandbox) return nullptr;
    auto sandbox = std::make_unique<lark::fake::sandbox>(s.sandbox);
    s.registration.domain = sandbox->url();
    s.registration.lark_domain = sandbox->lark_url();
    if (s.sandbox.tls) s.http.ca_file = sandbox->ca_file().string();
    s.http.proxy = "";  // loopback is reached directly, whatever the environment says of proxies
    return sandbox;
}

void show(const settings& s, const texts& words, const lark::registration::qr_code& qr, view& out) {
    out.qr_code(qr);
    if (!s.qr_file.empty()) {
        write_qr_file(s.qr_file, qr.url);
        out.note(fill(words.written, {s.qr_file}));
    }
    if (!s.open_browser) return;
    try {
        open_browser(qr.url);
    } catch (const std::system_error& e) {
        out.note(e.what());  // the link is there to be opened by hand
    }
}

/// Saves the credentials and prints them; whichever fails, the other is done, since there is no second chance.
void hand_over(const settings& s, const texts& words, const lark::registration::app& app, credentials_file* file,
               view& out) {
    std::exception_ptr unsaved;
    try {
        if (file) file->write(app, open_domain_of(s, app));
    } catch (const std::system_error&) {
        unsaved = std::current_exception();
    }
    try {
        out.result(app);
    } catch (const std::system_error&) {
        if (unsaved || !file) throw;
        write_all(STDERR_FILENO,
                  fill(words.saved, {lark::printable(s.save_file)}) + "\n");  // where standard output cannot tell
        throw;
    }
    if (unsaved) std::rethrow_exception(unsaved);
    if (file) out.saved(s.save_file);
}

int status_of(const lark::register_app_error& error, int signal) noexcept {
    switch (error.failure().kind) {
    case failure_kind::access_denied: return exit_denied;
    case failure_kind::expired: return exit_expired;
    case failure_kind::other: break;
    }
    return signal != 0 && error.code() == lark::registration::error_code::abort ? exit_signal + signal : exit_failed;
}

}  // namespace

int run_registration(settings s, const texts& words) {
    signal_stop stop;  // before any other thread
    const auto out = make_view(s, words);
    try {
        std::optional<credentials_file> file;
        if (!s.save_file.empty()) file.emplace(s.save_file, s.force);
        if (!s.qr_file.empty()) probe_qr_file(s.qr_file);
        out->ready();
        const auto sandbox = start_sandbox(s);
        lark::poco::http_client client{s.http};
        const lark::registration::handlers handlers{
            .on_qr_code = [&](const auto& qr) { show(s, words, qr, *out); },
            .on_status_change = [&](const auto& change) { out->status(change); },
        };
        const auto app = lark::injected::register_app(handlers, s.registration, client, stop.token());
        hand_over(s, words, app, file ? &*file : nullptr, *out);
        return !s.check || check_app(s, app, client, stop.token(), *out) ? exit_done : exit_unchecked;
    } catch (const lark::register_app_error& e) {
        out->failure(e);
        return status_of(e, stop.received());
    } catch (const lark::registration::invalid_option& e) {
        const auto text = in_terms_of_options(e);
        out->error("invalid_option", text);
        // As for all wrong usage.
        if (s.json) write_all(STDERR_FILENO, "lark-register: " + lark::printable(text) + "\n");
        write_all(STDERR_FILENO, fill(words.try_help, {"lark-register"}) + "\n");
        return exit_usage;
    } catch (const std::exception& e) {
        out->error("error", e.what());
        return exit_failed;
    }
}

}  // namespace lark_register
