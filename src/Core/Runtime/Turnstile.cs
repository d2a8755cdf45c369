namespace P2P.Core.Runtime;

/// <summary>
/// Lets a few in at a time, in the order they came. Instead of <see cref="SemaphoreSlim"/>, which goes on over the thread pool when a wait could be
/// given up: under a simulation that leaves its only thread. Thread-safe; holds nothing to dispose.
/// </summary>
/// <param name="places">How many may be inside, at least 1.</param>
public sealed class Turnstile(int places = 1)
{
    private readonly Lock _gate = new();
    private LinkedList<TaskCompletionSource>? _line;
    private int _free = places;

    /// <summary>Waits for a place; whoever has one calls <see cref="Leave"/> once.</summary>
    /// <param name="cancellationToken">Gives up the wait; the place in the line is gone.</param>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (_gate)
        {
            if (_free > 0)
            {
                _free--;
                return ValueTask.CompletedTask;
            }

            _line ??= new LinkedList<TaskCompletionSource>();
            place = _line.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        return WaitAsync(place, cancellationToken);
    }

    /// <summary>Gives the place on to the first in the line.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            while (_line?.First is LinkedListNode<TaskCompletionSource> first)
            {
                _line.Remove(first);
                if (first.Value.TrySetResult())
                {
                    return;
                }
            }

            _free++;
        }
    }

    private async ValueTask WaitAsync(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        try
        {
            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), place.Value);
            await place.Value.Task;
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                place.List?.Remove(place);
            }

            throw;
        }
    }
}
