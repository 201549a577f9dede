// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>

namespace Poco::Net {
class Context;
}  // namespace Poco::Net

namespace lark::poco {

/// A TLS context of the caller, made of a `Poco::Net::Context::Ptr` or of what `new` returned. It stands in for that
/// type so that `<Poco/Net/Context.h>`, a third of what `<lark/poco.hpp>` took to compile, is included by those alone
/// who use one.
class context_ptr {
public:
    context_ptr() noexcept = default;  ///< none
    /// Shares the context with `Poco::AutoPtr`.
    template <template <class> class Pointer, std::same_as<Poco::Net::Context> Context>
    context_ptr(Pointer<Context> shared) {
        auto* const context = shared.get();
        context_ = {context, [shared](Context*) {}};
    }
    /// Takes the context over, as `Poco::AutoPtr` does.
    template <std::same_as<Poco::Net::Context> Context>
    context_ptr(Context* made) : context_{made, [](Context* context) { context->release(); }} {}

    [[nodiscard]] Poco::Net::Context* get() const noexcept { return context_.get(); }         ///< null if there is none
    [[nodiscard]] Poco::Net::Context* operator->() const noexcept { return context_.get(); }  ///< there must be one
    [[nodiscard]] explicit operator bool() const noexcept { return context_ != nullptr; }     ///< whether there is one

private:
    std::shared_ptr<Poco::Net::Context> context_;
};

}  // namespace lark::poco
