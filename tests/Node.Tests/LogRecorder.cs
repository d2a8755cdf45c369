using Microsoft.Extensions.Logging;

namespace P2P.Node.Tests;

/// <summary>Keeps what a node logs, by number, with the values by their names.</summary>
internal sealed class LogRecorder : ILoggerFactory, ILogger
{
    private readonly Lock _gate = new();
    private readonly List<(int Id, LogLevel Level, Dictionary<string, object?> Values)> _entries = [];

    /// <summary>What was logged under a number so far.</summary>
    public IReadOnlyList<(int Id, LogLevel Level, Dictionary<string, object?> Values)> Of(int id)
    {
        lock (_gate)
        {
            return _entries.FindAll(entry => entry.Id == id);
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Dictionary<string, object?> values = state is IReadOnlyList<KeyValuePair<string, object?>> pairs ? pairs.ToDictionary() : [];
        lock (_gate)
        {
            _entries.Add((eventId.Id, logLevel, values));
        }
    }

    public void Dispose()
    {
        // nothing is held
    }
}
