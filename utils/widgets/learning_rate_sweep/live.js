import { withForm } from "../kit/form.js";
import { render } from "./widget.js";

const renderLive = withForm("learning_rate_sweep", render);

export default { render: renderLive };
