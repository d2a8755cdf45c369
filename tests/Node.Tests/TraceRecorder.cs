using System.Diagnostics;

namespace P2P.Node.Tests;

/// <summary>
/// Listens to the sources <c>P2P.*</c> and keeps what belongs to one test: other tests of this process run nodes at the same time.
/// </summary>
internal sealed class TraceRecorder : IDisposable
{
    private readonly ActivitySource _source = new("Test");
    private readonly ActivityListener _listener;
    private readonly bool _all;
    private readonly Lock _gate = new();
    private readonly List<Activity> _ended = [];
    private ActivityTraceId _mine;
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="all">Whether work that nobody of the test began is kept as well.</param>
    public TraceRecorder(bool all = false)
    {
        _all = all;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("P2P.", StringComparison.Ordinal) || source == _source,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                all || options.Source == _source || options.TraceId == _mine ? ActivitySamplingResult.AllData : ActivitySamplingResult.None,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(_listener);
        Root = _source.StartActivity("test")!;
        _mine = Root.TraceId;
    }

    /// <summary>The test itself; current while it runs.</summary>
    public Activity Root { get; }

    public Activity[] Ended
    {
        get
        {
            lock (_gate)
            {
                return [.. _ended];
            }
        }
    }

    /// <summary>The first of that name, once it has ended.</summary>
    public async Task<Activity> OfAsync(string name, Func<Activity, bool>? condition = null)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (_ended.Find(a => a.OperationName == name && condition?.Invoke(a) != false) is Activity found)
                {
                    return found;
                }

                grown = _grown.Task;
            }

            await grown.WaitAsync(watchdog);
        }
    }

    public void Dispose()
    {
        Root.Dispose();
        _listener.Dispose();
        _source.Dispose();
    }

    private void Keep(Activity activity)
    {
        if (!_all && activity.TraceId != _mine)
        {
            return; // another listener wanted it
        }

        lock (_gate)
        {
            _ended.Add(activity);
            _grown.TrySetResult();
            _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
