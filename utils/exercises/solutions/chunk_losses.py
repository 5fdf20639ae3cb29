def chunk_losses(model, loss_of, xs, ys, length, state):
    losses = []
    for start in range(0, len(xs), length):
        part = slice(start, start + length)
        answers, state = model(xs[part], state)
        losses.append(loss_of(answers, ys[part]))
        state = state.detach()
    return losses
