using P2P.Core.Runtime;

namespace P2P.Transport.Connections;

/// <summary>Owns short and long tasks: nothing that was started is forgotten, and closing waits for all. Thread-safe.</summary>
/// <param name="spawner">Starts them.</param>
/// <param name="onFault">Told about a body that threw, which is a defect: bodies handle what the world does to them.</param>
internal sealed class TaskGroup(ISpawner spawner, Action<Exception> onFault)
{
    // Guards the table only; nothing is called inside.
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Task?> _running = [];
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _next;
    private bool _closed;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _running.Count;
            }
        }
    }

    /// <summary>Starts <paramref name="body"/>, unless the group is closed.</summary>
    /// <returns>False when it was not started; the caller keeps what the body would have owned.</returns>
    public bool TryStart(Func<Task> body)
    {
        long id;
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            id = _next++;
            _running.Add(id, null);
        }

        Task task = spawner.StartAsync(() => RunAsync(id, body));
        lock (_gate)
        {
            if (_running.ContainsKey(id))
            {
                _running[id] = task;
            }
        }

        return true;
    }

    /// <summary>Takes no more tasks and ends when the last one has.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closed = true;
            if (_running.Count == 0)
            {
                _drained.TrySetResult();
            }
        }

        return _drained.Task;
    }

    private async Task RunAsync(long id, Func<Task> body)
    {
        try
        {
            await body();
        }
        catch (Exception ex)
        {
            onFault(ex);
        }
        finally
        {
            lock (_gate)
            {
                _running.Remove(id);
                if (_closed && _running.Count == 0)
                {
                    _drained.TrySetResult();
                }
            }
        }
    }
}
