// IEEE 802.11: from a frame of the air, with a radio's header or without, to LLC.
//
// Radiotap, Prism and AVS headers (as their projects describe them) say nothing that is kept. Data
// frames that are not encrypted are read; an aggregate (A-MSDU) only where it is of one packet.
// Pure; allocates nothing.
#pragma once

#include "capture/link_headers.h"
#include "capture/place.h"
#include "capture/reject.h"

namespace unopened::capture {

// To the 802.11 frame.
Layer<Place> SkipRadiotap(Place place);
Layer<Place> SkipPrism(Place place);
Layer<Place> SkipAvs(Place place);

// From an 802.11 frame to the LLC header inside (IEEE 802.11 §9.2.3, §9.3.2).
Step ReadWireless(Place& place);

}  // namespace unopened::capture
