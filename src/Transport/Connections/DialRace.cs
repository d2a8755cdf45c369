using P2P.Core.Runtime;

namespace P2P.Transport.Connections;

/// <summary>
/// Attempts to reach one peer or host, best first: each has a head start over the next, a failure starts the next at once, the first connection wins and
/// the others are closed. So an address that never answers costs a head start, not the time limit.
/// </summary>
/// <remarks>The shape of Happy Eyeballs (RFC 8305, section 5).</remarks>
/// <typeparam name="T">The connection.</typeparam>
/// <param name="parallelMax">Attempts that run at a time; the next waits for one to end.</param>
/// <param name="headStart">How long one runs alone.</param>
/// <param name="runtime">Clock, and where attempts run.</param>
/// <param name="close">Closes a connection that came too late.</param>
internal sealed class DialRace<T>(int parallelMax, TimeSpan headStart, (TimeProvider Time, ISpawner Spawner) runtime, Func<T, ValueTask> close)
    where T : class
{
    /// <summary>Runs until one has connected or all have failed. Nothing of it goes on afterwards.</summary>
    /// <param name="attempts">Best first. Each ends soon after it was cancelled.</param>
    /// <param name="errors">Takes the reasons of those that failed.</param>
    /// <param name="cancellationToken">Ends the race.</param>
    /// <returns>The winner; null when all failed.</returns>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task<T?> RunAsync(
        IReadOnlyList<Func<CancellationToken, Task<DialAttempt<T>>>> attempts, List<TransportException> errors, CancellationToken cancellationToken)
    {
        using CancellationTokenSource race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<DialAttempt<T>>> running = [];
        try
        {
            Task alone = Task.CompletedTask;
            int next = 0;
            while (!race.IsCancellationRequested && (next < attempts.Count || running.Count > 0))
            {
                bool mayStart = next < attempts.Count && running.Count < parallelMax;
                if (mayStart && alone.IsCompleted)
                {
                    Func<CancellationToken, Task<DialAttempt<T>>> attempt = attempts[next++];
                    running.Add(runtime.Spawner.StartWithinAsync(() => attempt(race.Token)));
                    alone = Task.Delay(headStart, runtime.Time, race.Token).EndAsync(CancellationToken.None);
                    continue;
                }

                Task finished = mayStart ? await Task.WhenAny([.. running, alone]) : await Task.WhenAny(running);
                if (finished is Task<DialAttempt<T>> ended)
                {
                    running.Remove(ended);
                    DialAttempt<T> result = await ended;
                    if (result.Connection is { } winner)
                    {
                        return winner;
                    }

                    errors.Add(result.Error ?? new TransportException(TransportError.Unreachable, "No reason was given."));
                    alone = Task.CompletedTask; // a failure starts the next at once
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            race.Cancel();
            await CloseAsync(running); // also behind an attempt that failed by a defect: the others must not win unseen
        }
    }

    // They are cancelled already and end at once; one that still made it is closed.
    private async Task CloseAsync(List<Task<DialAttempt<T>>> losers)
    {
        foreach (Task<DialAttempt<T>> loser in losers)
        {
            await loser.EndAsync();
            if (loser.IsCompletedSuccessfully && (await loser).Connection is { } late)
            {
                await close(late);
            }
        }
    }
}
