// Every page: htmx for parts, its extension for server-sent events, and what makes pages live.
import "htmx.org";
import "htmx.org/dist/ext/hx-sse.js";
import { followLiveState } from "./live.js";
import { markChangedMetrics } from "./metrics.js";

followLiveState();
markChangedMetrics();
