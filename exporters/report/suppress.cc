#include "exporters/report/suppress.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace unopened::exporters::report {
namespace {

__extension__ using Wide = unsigned __int128;
constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;

std::uint64_t Times(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(Wide{a} * b % kPrime);
}
std::uint64_t Less(std::uint64_t a, std::uint64_t b) { return a >= b ? a - b : a + kPrime - b; }
std::uint64_t Inverse(std::uint64_t a) {
  std::uint64_t result = 1;
  for (std::uint64_t power = kPrime - 2; power != 0; power >>= 1) {
    if ((power & 1) != 0) result = Times(result, a);
    a = Times(a, a);
  }
  return result;
}

using Members = std::vector<std::uint32_t>;

struct Place {
  std::size_t table = 0;
  std::size_t row = 0;
  std::size_t part = 0;
};

// All rows that are the same sum.
struct Quantity {
  Members members;
  std::vector<Place> places;
  bool withheld = false;
  std::set<std::size_t> small_in;  // parts
};

std::string NameWithoutPeriod(const Table& table, const Row& row) {
  std::string name = table.name;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].role == Role::kKey && table.columns[i].name != "period") {
      name += "/" + row[i].text();
    }
  }
  return name;
}

class Suppression {
 public:
  Suppression(const std::vector<PartCounts>& parts, std::uint64_t min_count, Report& report)
      : parts_(parts), min_count_(min_count), report_(report) {
    for (std::size_t i = 0; i < parts.size(); ++i) part_by_label_[parts[i].label] = i;
    CollectQuantities();
    FindSmall();
  }

  void Run() {
    while (CloseOne() || RaiseOneRemainder()) {
    }
    Write();
  }

 private:
  std::size_t PartOf(const Table& table, const Row& row) const {
    const std::size_t period = table.IndexOf("period");
    return period == table.columns.size() ? 0 : part_by_label_.at(row[period].text());
  }

  void CollectQuantities() {
    std::map<std::string, Members> by_name;
    for (const Table& table : report_.tables) {
      for (std::size_t i = 0; i < table.members.size(); ++i) {
        Members& all = by_name[NameWithoutPeriod(table, table.rows[i])];
        Members merged;
        std::set_union(all.begin(), all.end(), table.members[i].begin(), table.members[i].end(),
                       std::back_inserter(merged));
        all = std::move(merged);
      }
    }
    std::map<Members, std::size_t> known;
    for (std::size_t t = 0; t < report_.tables.size(); ++t) {
      const Table& table = report_.tables[t];
      for (std::size_t i = 0; i < table.members.size(); ++i) {
        const Members& members = by_name.at(NameWithoutPeriod(table, table.rows[i]));
        const auto [found, is_new] = known.try_emplace(members, quantities_.size());
        if (is_new) quantities_.push_back({members, {}, false, {}});
        quantities_[found->second].places.push_back({t, i, PartOf(table, table.rows[i])});
      }
    }
  }

  // Of the statements in `members`, in a part.
  audit::Counts CountIn(const Members& members, std::size_t part) const {
    audit::Counts sum;
    auto member = members.begin();
    for (const auto& [index, counts] : parts_[part].counts) {
      while (member != members.end() && *member < index) ++member;
      if (member != members.end() && *member == index) sum += counts;
    }
    return sum;
  }
  bool IsSmall(const audit::Counts& counts) const {
    return (counts.sessions != 0 && counts.sessions < min_count_) ||
           (counts.conversations != 0 && counts.conversations < min_count_);
  }

  void FindSmall() {
    for (Quantity& quantity : quantities_) {
      for (const Place& place : quantity.places) {
        if (IsSmall(CountIn(quantity.members, place.part))) {
          quantity.small_in.insert(place.part);
          quantity.withheld = true;
        }
      }
    }
  }

  // The columns of a part: the statements that were counted in it.
  std::vector<bool> Restricted(const Members& members, std::size_t part) const {
    std::vector<bool> row;
    auto member = members.begin();
    for (const auto& [index, counts] : parts_[part].counts) {
      while (member != members.end() && *member < index) ++member;
      row.push_back(member != members.end() && *member == index);
    }
    return row;
  }

  // Whether `members` follows in `part` from what is published; then withholds the smallest
  // quantity that it follows from.
  bool Close(const Members& members, std::size_t part) {
    std::vector<std::vector<bool>> rows;
    std::vector<std::size_t> of;
    for (std::size_t i = 0; i < quantities_.size(); ++i) {
      if (quantities_[i].withheld) continue;
      rows.push_back(Restricted(quantities_[i].members, part));
      of.push_back(i);
    }
    std::vector<std::size_t> used;
    if (!IsCombination(rows, Restricted(members, part), used)) return false;
    std::size_t least = of[used.front()];
    for (const std::size_t i : used) {
      const auto size = [&](std::size_t quantity) {
        return CountIn(quantities_[quantity].members, 0).conversations;
      };
      if (size(of[i]) < size(least)) least = of[i];
    }
    quantities_[least].withheld = true;
    return true;
  }

  bool CloseOne() {
    bool any = false;
    for (const Quantity& quantity : quantities_) {
      for (const std::size_t part : quantity.small_in) {
        while (Close(quantity.members, part)) any = true;
      }
    }
    return any;
  }

  // What a table's part withholds, all together: whoever knows the whole knows that.
  bool RaiseOneRemainder() {
    std::map<std::pair<std::size_t, std::size_t>, Members> rests;
    for (const Quantity& quantity : quantities_) {
      if (!quantity.withheld) continue;
      for (const Place& place : quantity.places) {
        // One conversation is in several rows of these.
        const std::string& name = report_.tables[place.table].name;
        if (name == "key_properties" || name == "totals") continue;
        Members& rest = rests[{place.table, place.part}];
        Members merged;
        std::set_union(rest.begin(), rest.end(), quantity.members.begin(), quantity.members.end(),
                       std::back_inserter(merged));
        rest = std::move(merged);
      }
    }
    for (const auto& [where, rest] : rests) {
      if (IsSmall(CountIn(rest, where.second)) && Close(rest, where.second)) return true;
    }
    return false;
  }

  void Write() {
    std::set<std::string> withheld_totals;
    for (const Quantity& quantity : quantities_) {
      if (!quantity.withheld) continue;
      for (const Place& place : quantity.places) {
        Table& table = report_.tables[place.table];
        Row& row = table.rows[place.row];
        if (table.name == "totals") withheld_totals.insert(table.RowName(row));
        const bool small = IsSmall(CountIn(quantity.members, place.part));
        for (std::size_t i = 0; i < row.size(); ++i) {
          const Role role = table.columns[i].role;
          if ((role != Role::kMeasured && role != Role::kVolume) ||
              table.columns[i].name.ends_with("_of")) {
            continue;
          }
          row[i] = small && role == Role::kMeasured ? Value::Small(min_count_) : Value::Withheld();
        }
      }
    }
    for (Table& table : report_.tables) {
      if (table.members.empty()) continue;
      for (Row& row : table.rows) {
        const bool whole_withheld = withheld_totals.contains(table.At(row, "of").text());
        for (std::size_t i = 0; i < row.size(); ++i) {
          // How many of a row rest on unverified facts is a sum of its own, and is not told.
          if (table.columns[i].name == "unverified_conversations" ||
              (whole_withheld && table.columns[i].name.ends_with("_of"))) {
            row[i] = Value::Withheld();
          }
        }
      }
    }
  }

  const std::vector<PartCounts>& parts_;
  std::uint64_t min_count_;
  Report& report_;
  std::map<std::string, std::size_t> part_by_label_;
  std::vector<Quantity> quantities_;
};

}  // namespace

bool IsCombination(const std::vector<std::vector<bool>>& rows, const std::vector<bool>& wanted,
                   std::vector<std::size_t>& used) {
  // Columns are the unknowns: which multiples of the rows add up to `wanted`. Each equation is one
  // position of `wanted`, with the coefficients of the rows there.
  const std::size_t unknowns = rows.size();
  std::set<std::vector<bool>> seen;
  std::vector<std::vector<std::uint64_t>> equations;
  for (std::size_t at = 0; at < wanted.size(); ++at) {
    std::vector<bool> equation(unknowns + 1);
    for (std::size_t i = 0; i < unknowns; ++i) equation[i] = rows[i][at];
    equation[unknowns] = wanted[at];
    if (!seen.insert(equation).second) continue;
    equations.emplace_back(equation.begin(), equation.end());
  }
  std::vector<std::size_t> pivot_of;  // by equation that is reduced
  std::size_t reduced = 0;
  for (std::size_t column = 0; column < unknowns && reduced < equations.size(); ++column) {
    std::size_t pivot = reduced;
    while (pivot < equations.size() && equations[pivot][column] == 0) ++pivot;
    if (pivot == equations.size()) continue;
    std::swap(equations[pivot], equations[reduced]);
    const std::uint64_t inverse = Inverse(equations[reduced][column]);
    for (std::uint64_t& value : equations[reduced]) value = Times(value, inverse);
    for (std::size_t i = 0; i < equations.size(); ++i) {
      const std::uint64_t factor = equations[i][column];
      if (i == reduced || factor == 0) continue;
      for (std::size_t j = column; j <= unknowns; ++j) {
        equations[i][j] = Less(equations[i][j], Times(factor, equations[reduced][j]));
      }
    }
    pivot_of.push_back(column);
    ++reduced;
  }
  for (std::size_t i = reduced; i < equations.size(); ++i) {
    if (equations[i][unknowns] != 0) return false;
  }
  used.clear();
  for (std::size_t i = 0; i < reduced; ++i) {
    if (equations[i][unknowns] != 0) used.push_back(pivot_of[i]);
  }
  return !used.empty();
}

void Suppress(const std::vector<PartCounts>& parts, std::uint64_t min_count, Report& report) {
  if (min_count < 2) return;
  Suppression(parts, min_count, report).Run();
}

}  // namespace unopened::exporters::report
