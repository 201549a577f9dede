// SPDX-License-Identifier: MIT
#include "register.hpp"

#include "../common/output.hpp"
#include "../common/signals.hpp"
#include "browser.hpp"
#include "credentials_file.hpp"
#include "follow_up.hpp"
#include "json_view.hpp"
#include "qr_file.hpp"
#include "state_file.hpp"
#include "text_view.hpp"
#include "tracing.hpp"
#include "usage_error.hpp"

#include <lark/fake/sandbox.hpp>
#include <lark/injected/register_app.hpp>
#include <lark/injected/snapshots.hpp>
#include <lark/poco/http_client.hpp>
#include <lark/text.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

namespace lark_register {

namespace {

using lark::registration::failure_kind;

std::unique_ptr<view> make_view(const arguments& s, const texts& words) {
    return s.json ? make_json_view(words) : make_text_view(s, words);
}

std::unique_ptr<lark::fake::sandbox> start_sandbox(arguments& s) {
    if (!s.use_sandbox) return nullptr;
    // Where no browser opens the link, the sandbox does not see what it asks for.
    auto& scopes = s.sandbox.service.scopes;
    const auto& granted = s.sandbox_scopes ? *s.sandbox_scopes : asked_scopes(s);
    scopes.tenant.insert(scopes.tenant.end(), granted.tenant.begin(), granted.tenant.end());
    scopes.user.insert(scopes.user.end(), granted.user.begin(), granted.user.end());
    auto sandbox = std::make_unique<lark::fake::sandbox>(s.sandbox);
    s.registration.domain = sandbox->url();
    s.registration.lark_domain = sandbox->lark_url();
    if (s.sandbox.tls) s.http.ca_file = sandbox->ca_file().string();
    s.http.proxy = "";  // loopback is reached directly, whatever the environment says of proxies
    return sandbox;
}

void show(const arguments& s, const texts& words, const lark::registration::qr_code& qr, view& out) {
    out.qr_code(qr);
    if (!s.qr_file.empty()) {
        try {
            write_qr_file(s.qr_file, qr.url);
            out.note(fill(words.written, {s.qr_file}));
        } catch (const std::exception& e) {
            out.warning(e.what());  // the link can still be approved
        }
    }
    if (!s.open_browser) return;
    try {
        open_browser(qr.url);
    } catch (const std::system_error& e) {
        out.warning(e.what());
    }
}

/// Saves the credentials and prints them. Each is done even if the other fails, since there is no second chance. If
/// both fail, standard error gets the App ID and the place where the app can be found.
void hand_over(const arguments& s, const texts& words, const lark::registration::app& app, credentials_file* file,
               view& out) {
    const auto open_domain = open_domain_of(s, app);
    std::exception_ptr unsaved;
    try {
        if (file) file->write(app, open_domain);
    } catch (const std::system_error&) {
        unsaved = std::current_exception();
    }
    try {
        out.result(app);
    } catch (const std::system_error&) {
        const bool saved = file && !unsaved;
        const auto app_id = lark::printable(app.client_id);
        const auto text = saved ? fill(words.saved, {lark::printable(s.save_file)})
                                : fill(words.undelivered, {app_id, open_domain + "/app/" + app_id});
        lark::tools::try_to_print(STDERR_FILENO, text + "\n");
        if (!unsaved) throw;
    }
    if (unsaved) std::rethrow_exception(unsaved);
    if (file) out.saved(s.save_file);
}

/// A change of state that cannot be shown ends a registration whose result could not be shown either. Not so if the
/// result goes to a file, and not after the switch to Lark, which follows an approval.
void show_status(const lark::registration::status_change& change, bool has_file, view& out) {
    try {
        out.status(change);
    } catch (const std::system_error&) {
        if (!has_file && change.status != lark::registration::status::domain_switched) throw;
    }
}

/// Reports the end of a registration; on standard error if the view cannot.
template <class Report>
void report_end(const Report& report, std::string_view what) noexcept {
    try {
        report();
    } catch (const std::exception&) {
        lark::tools::try_to_print(STDERR_FILENO, "lark-register: " + lark::printable(what) + "\n");
    }
}

/// Keeps the state of a registration in its file, if it has one.
class state_keeper {
public:
    /// Throws what `state_file` throws.
    explicit state_keeper(const arguments& s) {
        if (!s.state_file.empty()) file_.emplace(s.state_file), file_->probe_new();
        if (!s.resume_file.empty()) file_.emplace(s.resume_file), from_ = file_->read();
    }

    [[nodiscard]] const std::optional<lark::registration::snapshot>& from() const noexcept { return from_; }

    /// The first one must be saved, since nothing else is; that a later one cannot be is a warning.
    void save(const lark::registration::snapshot& state, view& out) {
        if (!file_) return;
        try {
            file_->write(state);
            saved_ = true;
        } catch (const std::system_error& e) {
            if (!saved_ && !from_) throw;
            out.warning(e.what());
        }
    }

    void pending(const lark::registration::snapshot& state, view& out) const {
        out.pending(state.view(), file_->path());
    }

    /// The end of a registration: nothing can be carried on, unless this process was cancelled.
    void end(const lark::register_app_error& error, const texts& words, view& out) const {
        if (!file_) return;
        if (error.code() != lark::registration::error_code::abort) return file_->remove();
        if (saved_ || from_) out.note(fill(words.carry_on, {file_->path()}));
    }
    void end() const noexcept {
        if (file_) file_->remove();
    }

private:
    std::optional<state_file> file_;
    std::optional<lark::registration::snapshot> from_;
    bool saved_ = false;
};

/// With what is left of the lifetime, for a link that is not new.
lark::registration::qr_code with_time_left(lark::registration::qr_code qr) {
    const auto left = qr.expires_at - std::chrono::system_clock::now();
    qr.expire_in = std::clamp(std::chrono::floor<std::chrono::seconds>(left), std::chrono::seconds{0}, qr.expire_in);
    return qr;
}

int status_of(const lark::register_app_error& error, int signal) noexcept {
    switch (error.failure().kind) {
    case failure_kind::access_denied: return exit_denied;
    case failure_kind::expired: return exit_expired;
    case failure_kind::other: break;
    }
    return signal != 0 && error.code() == lark::registration::error_code::abort ? exit_signal + signal : exit_failed;
}

/// From `ready` to the end. Returns what the process is to end with.
int run(arguments& s, const texts& words, const lark::tools::signal_stop& stop, view& out,
        std::optional<tracing>& traced) {
    std::optional<state_keeper> state;
    try {
        traced.emplace(s, out);
        state.emplace(s);
        std::optional<credentials_file> file;
        if (!s.save_file.empty()) file.emplace(s.save_file, s.force);
        if (!s.qr_file.empty()) probe_qr_file(s.qr_file);
        out.ready();
        const auto sandbox = start_sandbox(s);
        lark::poco::http_client client{s.http};
        const lark::registration::handlers handlers{
            .on_qr_code = [&](const auto& qr) { show(s, words, state->from() ? with_time_left(qr) : qr, out); },
            .on_status_change = [&](const auto& change) { show_status(change, file.has_value(), out); },
            .on_snapshot = [&](const auto& saved) { state->save(saved, out); },
            .on_trace = traced->handler(),
        };
        if (s.no_wait) {
            const auto begun =
                lark::injected::begin_registration(s.registration, client, stop.token(), handlers.on_trace);
            state->save(begun.snapshot, out);
            show(s, words, begun.qr_code, out);
            state->pending(begun.snapshot, out);
            return exit_done;
        }
        std::optional<lark::registration::app> registered;
        if (s.once) {
            auto found =
                lark::injected::poll_once(*state->from(), s.registration, client, stop.token(), handlers.on_trace);
            const int pending_status = stop.received() != 0 ? exit_signal + stop.received() : exit_pending;
            if (const auto* pending = std::get_if<lark::still_pending>(&found)) {
                state->save(pending->snapshot, out);
                state->pending(pending->snapshot, out);
                return pending_status;
            }
            if (std::holds_alternative<lark::not_due>(found)) {
                state->pending(*state->from(), out);
                return pending_status;
            }
            if (auto* why = std::get_if<lark::registration::failure>(&found)) throw lark::register_app_error{*why};
            registered = std::get<lark::registration::app>(std::move(found));
        } else if (state->from()) {
            registered =
                lark::injected::resume_registration(handlers, *state->from(), s.registration, client, stop.token());
        } else {
            registered = lark::injected::register_app(handlers, s.registration, client, stop.token());
        }
        const auto& app = *registered;
        hand_over(s, words, app, file ? &*file : nullptr, out);
        state->end();
        return !s.check || check_app(s, app, client, stop.token(), handlers.on_trace, out) ? exit_done : exit_unchecked;
    } catch (const lark::register_app_error& e) {
        report_end([&] { out.failure(e); }, e.what());
        report_end([&] { state->end(e, words, out); }, e.what());
        return status_of(e, stop.received());
    } catch (const lark::registration::invalid_option& e) {
        const auto text = in_terms_of_options(e);
        report_end([&] { out.error("invalid_option", text); }, text);
        // As for all wrong usage.
        if (s.json) lark::tools::try_to_print(STDERR_FILENO, "lark-register: " + lark::printable(text) + "\n");
        lark::tools::try_to_print(STDERR_FILENO, fill(words.try_help, {"lark-register"}) + "\n");
        return exit_usage;
    } catch (const std::exception& e) {
        report_end([&] { out.error("error", e.what()); }, e.what());
        return stop.received() != 0 ? exit_signal + stop.received() : exit_failed;
    }
}

}  // namespace

int run_registration(arguments s, const texts& words) {
    lark::tools::signal_stop stop;  // before any other thread
    const auto out = make_view(s, words);
    std::optional<tracing> traced;
    const int status = run(s, words, stop, *out, traced);
    if (traced) traced->end(status);
    return status;
}

}  // namespace lark_register
