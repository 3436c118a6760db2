#!/usr/bin/env bash
# Writes artifacts/images/<name>/sbom.spdx.json (SPDX 2.3): the Debian packages of packages.txt, the NuGet packages and .NET runtime the
# executable was published from, and blst.
#
#   .ci/sbom.sh NAME PROJECT        run by .ci/rootfs.sh
set -euo pipefail
cd "$(dirname "$0")/.."

name=$1 project=$2
directory=artifacts/images/$name
version=$(sed -nE 's:.*<Version>(.*)</Version>.*:\1:p' Directory.Build.props)
created=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)

debian=$(jq -R -s 'split("\n") | map(select(. != "") | split(" ") | {
    kind: "deb", name: .[0], version: .[1], checksum: {algorithm: "SHA256", checksumValue: .[3]},
    supplier: "Organization: Debian", purl: "pkg:deb/debian/\(.[0] | @uri)@\(.[1] | @uri)?arch=\(.[2])&distro=debian-12"})' "$directory/packages.txt")

# Packages with something to run, as restored for this platform; the checksum is that of the package file, base64 there and hexadecimal in SPDX.
assets=artifacts/images/build/obj/$project/project.assets.json
nuget=$(jq -r '. as $assets | .targets | to_entries[] | select(.key | endswith("/linux-x64")) | .value | to_entries[]
    | select(.value.type == "package" and ((.value.runtime // {} | keys | map(select(endswith("_._") | not)) | length > 0) or (.value.native // {} | length > 0)))
    | "\(.key) \($assets.libraries[.key].sha512)"' "$assets" | sort -u | while read -r key sum; do
    echo "$key $(base64 -d <<<"$sum" | od -An -v -tx1 | tr -d ' \n')"
done | jq -R -s 'split("\n") | map(select(. != "") | split(" ") | (.[0] | split("/")) as $id | {
    kind: "nuget", name: $id[0], version: $id[1], checksum: {algorithm: "SHA512", checksumValue: .[1]}, purl: "pkg:nuget/\($id[0])@\($id[1])"})')
# What is compiled ahead of time holds that runtime instead of the usual one, which is restored all the same.
runtime=$(jq '[.project.frameworks[].downloadDependencies[]? | select(.name | test("[.]Runtime([.]NativeAOT)?[.]linux-x64$"))]
    | any(.[]; .name | contains("NativeAOT")) as $ahead
    | map(select(($ahead and .name == "Microsoft.NETCore.App.Runtime.linux-x64") | not) | {
    kind: "nuget", name, version: (.version | ltrimstr("[") | split(",")[0]), supplier: "Organization: Microsoft"} | .purl = "pkg:nuget/\(.name)@\(.version)")' "$assets")
blst=$(sed -nE "s/^package='(.*)' version=(.*)/\1 \2/p" .ci/native.sh)
blst=$(jq -n --arg name "${blst% *}" --arg version "${blst#* }" --arg sum "$(sed -n 's/^integrity=//p' .ci/native.sh)" '[{
    kind: "npm", name: "blst", $version, checksum: {algorithm: "SHA512", checksumValue: $sum}, purl: "pkg:npm/\($name | @uri)@\($version)"}]')

jq -n -S --arg name "$name" --arg version "$version" --arg created "$created" \
    --argjson debian "$debian" --argjson nuget "$nuget" --argjson runtime "$runtime" --argjson blst "$blst" '
  def id: "SPDXRef-" + (. | gsub("[^A-Za-z0-9.-]"; "-"));
  ($debian + $nuget + $runtime + $blst | map(. + {spdx: ("Package-\(.kind)-\(.name)-\(.version)" | id)})) as $parts
  | {
    spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "\($name)-\($version)",
    documentNamespace: "https://beaconfleet.dev/spdx/\($name)-\($version)-NAMESPACE",
    creationInfo: {$created, creators: ["Tool: fleet-operator-.ci/sbom.sh"]},
    packages: ([{
        SPDXID: "SPDXRef-Image", name: $name, versionInfo: $version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
        primaryPackagePurpose: "CONTAINER", supplier: "Organization: FleetOperator", licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION"}]
      + [$parts[] | {
        SPDXID: .spdx, name, versionInfo: .version, downloadLocation: "NOASSERTION", filesAnalyzed: false, supplier: (.supplier // "NOASSERTION"),
        licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION",
        externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: .purl}]}
        + (if .checksum then {checksums: [.checksum]} else {} end)]),
    relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-Image"}]
      + [$parts[] | {spdxElementId: "SPDXRef-Image", relationshipType: "CONTAINS", relatedSpdxElement: .spdx}])
  }' >"$directory/sbom.spdx.json"

# A name of its own for every list of parts, the same for the same list.
sum=$(sha256sum <"$directory/sbom.spdx.json" | cut -c1-16)
sed -i "s/-NAMESPACE\"/-$sum\"/" "$directory/sbom.spdx.json"
