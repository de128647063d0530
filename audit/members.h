// Members: an entry's JSON taken apart member by member, in the documented order and no other.
//
// What is wrong first is kept, with the member's path; after it every call returns an empty value,
// so that a reader is a list of its members and no more. For the readers of entries only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/entry.h"
#include "base/clock.h"
#include "base/enum_names.h"
#include "base/result.h"

namespace unopened::audit {

struct Trouble {
  std::string what;
  std::string where;
  bool any() const { return !what.empty(); }
};

// Takes an object's members one by one in their documented order. The first thing that is wrong is
// kept in `trouble`, and from then on every call returns an empty value.
class Members {
 public:
  Members(const Json& object, std::string path, Trouble& trouble)
      : object_(object), path_(std::move(path)), trouble_(trouble) {
    if (!object.is_object()) {
      Note("is no object", path_);
    } else {
      next_ = object.begin();
    }
  }

  const Json& Any(std::string_view key) {
    static const Json kNone;
    if (trouble_.any()) return kNone;
    if (next_ == object_.end()) {
      Note("is missing", At(key));
      return kNone;
    }
    if (next_.key() != key) {
      const bool later = object_.contains(key);
      Note(later ? "stands before " + std::string(key) + ", or is unknown"
                 : "stands where " + std::string(key) + " is missing",
           At(next_.key()));
      return kNone;
    }
    const Json& value = next_.value();
    ++next_;
    return value;
  }

  // Whether `key` is the next member: of one that stands only where there is something to say.
  bool Next(std::string_view key) const {
    return !trouble_.any() && next_ != object_.end() && next_.key() == key;
  }

  std::string Text(std::string_view key) {
    const Json& value = Any(key);
    if (trouble_.any()) return {};
    if (!value.is_string()) return Wrong(key, "is no string"), std::string();
    return value.get<std::string>();
  }

  void Literal(std::string_view key, std::string_view expected) {
    const std::string text = Text(key);
    if (!trouble_.any() && text != expected) Wrong(key, "is not " + std::string(expected));
  }

  std::uint64_t Uint(std::string_view key, std::uint64_t most = UINT64_MAX) {
    const Json& value = Any(key);
    if (trouble_.any()) return 0;
    if (!value.is_number_unsigned()) return Wrong(key, "is no unsigned integer"), 0;
    const std::uint64_t number = value.get<std::uint64_t>();
    if (number > most) return Wrong(key, "is too large"), 0;
    return number;
  }
  std::uint32_t Uint32(std::string_view key) {
    return static_cast<std::uint32_t>(Uint(key, UINT32_MAX));
  }
  bool Flag(std::string_view key) { return Uint(key, 1) == 1; }

  template <class Enum, std::size_t kCount>
  Enum OneOf(std::string_view key, const std::array<std::string_view, kCount>& names) {
    const std::string text = Text(key);
    if (trouble_.any()) return Enum{};
    const auto value = base::FromName<Enum>(names, text);
    if (!value) return Wrong(key, "is none of its words"), Enum{};
    return *value;
  }

  base::Day Day(std::string_view key) {
    const std::string text = Text(key);
    base::Day day = 0;
    if (!trouble_.any() && !base::ParseDay(text, day)) Wrong(key, "is no date");
    return day;
  }
  std::optional<base::Day> OptionalDay(std::string_view key) {
    const std::string text = Text(key);
    base::Day day = 0;
    if (trouble_.any() || text.empty()) return std::nullopt;
    if (!base::ParseDay(text, day)) return Wrong(key, "is no date"), std::nullopt;
    return day;
  }
  base::TimeNs Time(std::string_view key) {
    const std::string text = Text(key);
    base::TimeNs time = 0;
    if (!trouble_.any() && !ParseTime(text, time)) Wrong(key, "is no time");
    return time;
  }

  // Calls each(value, path) for the elements of an array.
  template <class Each>
  void Elements(std::string_view key, Each each) {
    const Json& value = Any(key);
    if (trouble_.any()) return;
    if (!value.is_array()) return Wrong(key, "is no list");
    for (std::size_t i = 0; i < value.size() && !trouble_.any(); ++i) {
      each(value[i], At(key) + "[" + std::to_string(i) + "]");
    }
  }

  Members Object(std::string_view key) { return {Any(key), At(key), trouble_}; }

  // Calls each(key, value, path) for the members of an object whose keys are free but sorted.
  template <class Each>
  void Entries(std::string_view key, Each each) {
    const Json& value = Any(key);
    if (trouble_.any()) return;
    if (!value.is_object()) return Wrong(key, "is no object");
    std::string before;
    for (const auto& [name, inner] : value.items()) {
      if (trouble_.any()) return;
      if (!before.empty() && name <= before) return Wrong(key, "is not sorted by name");
      before = name;
      each(name, inner, At(key) + "." + name);
    }
  }

  void End() {
    if (trouble_.any()) return;
    if (next_ != object_.end() && path_.empty() && next_.key() == "blind") ++next_;
    if (next_ != object_.end()) Note("is unknown", At(next_.key()));
  }

  void Wrong(std::string_view key, std::string what) { Note(std::move(what), At(key)); }
  void Note(std::string what, std::string where) {
    if (!trouble_.any()) trouble_ = {std::move(what), std::move(where)};
  }

 private:
  std::string At(std::string_view key) const {
    return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  }

  const Json& object_;
  std::string path_;
  Trouble& trouble_;
  Json::const_iterator next_;
};

// Reads an entry of `type`: fill(members, entry, trouble) takes what stands between `type` and
// `blind`.
template <class Entry, class Fill>
base::Result<Entry> Read(const Json& body, std::string_view type, Fill fill) {
  Trouble trouble;
  Entry entry;
  Members members(body, "", trouble);
  members.Literal("type", type);
  fill(members, entry, trouble);
  members.End();
  if (trouble.any()) return base::Fail(base::Failure::kLog, trouble.what, trouble.where);
  return entry;
}

inline std::string ReadString(const Json& value, const std::string& path, Trouble& trouble) {
  if (value.is_string()) return value.get<std::string>();
  if (!trouble.any()) trouble = {"is no string", path};
  return {};
}

}  // namespace unopened::audit
