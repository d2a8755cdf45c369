using Microsoft.Extensions.Logging;

namespace P2P.Cli;

/// <summary>Log lines to stderr, one each, without colours or dependencies.</summary>
internal sealed class StderrLoggerFactory : ILoggerProvider, ILogger
{
    public static ILoggerFactory Create() => LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Debug).AddProvider(new StderrLoggerFactory()));

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Console.Error.WriteLine($"{logLevel.ToString()[..4].ToLowerInvariant()}: [{eventId.Id}] {Printable.Text(formatter(state, exception))}");

    public void Dispose()
    {
        // nothing is held
    }
}
