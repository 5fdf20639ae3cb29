import { withForm } from "../kit/form.js";
import { render } from "./widget.js";

const renderLive = withForm("schedule_explorer", render);

export default { render: renderLive };
