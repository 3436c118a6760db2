using Fleet.LocalCluster.Tests.Support;

namespace Fleet.LocalCluster.Tests;

/// <summary>CustomResourceDefinitions through kubectl: schema, defaults, columns, scale, status, deletion.</summary>
public sealed class DefinitionTests(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: widgets.example.dev}
        spec:
          group: example.dev
          scope: Namespaced
          names: {plural: widgets, kind: Widget, shortNames: [wg]}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
            additionalPrinterColumns:
            - {name: Size, type: integer, jsonPath: .spec.size}
            - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
            - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    required: [size]
                    properties:
                      size: {type: integer, minimum: 1, maximum: 5, description: How many there are.}
                      mode: {type: string, default: fast, enum: [fast, slow]}
                      port: {x-kubernetes-int-or-string: true}
                      parts:
                        type: array
                        maxItems: 2
                        x-kubernetes-list-type: map
                        x-kubernetes-list-map-keys: [name]
                        items: {type: object, required: [name], properties: {name: {type: string, pattern: '^[a-z]+$'}, count: {type: integer, default: 7}}}
                  status:
                    type: object
                    x-kubernetes-preserve-unknown-fields: true
        """;

    [Fact]
    public async Task A_definition_serves_its_kind_with_validation_defaults_columns_and_subresources()
    {
        await cluster.KubectlAsync("apply -f -", Definition);
        await cluster.KubectlAsync("wait --for=condition=established crd/widgets.example.dev --timeout=30s");
        await cluster.KubectlAsync("apply -f -", Widget("w", "size: 2, parts: [{name: a}]"));
        Assert.Equal("fast 7 1", await cluster.KubectlAsync("get wg w -o 'jsonpath={.spec.mode} {.spec.parts[0].count} {.metadata.generation}'"));
        Assert.Matches("NAME +SIZE +READY +AGE\nw +2 +", await cluster.KubectlAsync("get widgets"));

        await cluster.KubectlAsync("patch wg w --subresource=status --type=merge -p '{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}'");
        await cluster.KubectlAsync("wait --for=condition=Ready wg/w --timeout=30s");
        await cluster.KubectlAsync("scale wg w --replicas=3");
        Assert.Equal("3 2 True", await cluster.KubectlAsync("get wg w -o 'jsonpath={.spec.size} {.metadata.generation} {.status.conditions[0].status}'"));
        Assert.Contains("How many there are", await cluster.KubectlAsync("explain widgets.spec.size"), StringComparison.Ordinal);

        await RefusedAsync("size: 9", "spec.size: Invalid value: 9: spec.size in body should be less than or equal to 5");
        await RefusedAsync("mode: slow", "spec.size: Required value");
        await RefusedAsync("size: 1, mode: odd", "spec.mode: Unsupported value: \"odd\": supported values: \"fast\", \"slow\"");
        await RefusedAsync("size: many", "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"");
        await RefusedAsync("size: 1, parts: [{name: A}]", "spec.parts[0].name: Invalid value: \"A\": spec.parts[0].name in body should match '^[a-z]+$'");
        await RefusedAsync("size: 1, parts: [{name: a}, {name: a}]", "spec.parts[1]: Duplicate value: {\"name\":\"a\"}");
        await RefusedAsync("size: 1, sice: 2", "unknown field \"spec.sice\"");

        await cluster.KubectlAsync("delete crd widgets.example.dev --timeout=60s");
        (_, _, string error) = await cluster.TryKubectlAsync("get widgets");
        Assert.Matches("resource type|could not find the requested resource", error);
    }

    private static string Widget(string name, string spec) => $$"""
        apiVersion: example.dev/v1
        kind: Widget
        metadata: {name: {{name}}}
        spec: { {{spec}} }
        """;

    private async Task RefusedAsync(string spec, string message)
    {
        (int code, _, string error) = await cluster.TryKubectlAsync("apply -f -", Widget("bad", spec));
        Assert.NotEqual(0, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }
}
